import { nodeShare, x25519Pair } from "../src/secure/crypto-node.ts";

/** Several times as many as it took, when the public half was exported afterwards, until the process hung. */
const MADE = 60_000;

for (let made = 0; made < MADE; made++) nodeShare("x25519", x25519Pair());
