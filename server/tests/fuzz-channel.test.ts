import assert from "node:assert/strict";
import { once } from "node:events";
import { after, before, describe, it } from "node:test";
import { CLOSE_REASONS, REPLY_ERRORS } from "@parley/protocol";
import { nodeClock, nodeRandom } from "@parley/protocol/client-node";
import { nodeCrypto } from "@parley/protocol/crypto-node";
import { ClientChannel, type KemName, type StoredTicket, SUBPROTOCOL_SEALED } from "@parley/protocol/secure";
import fc from "fast-check";
import { WebSocket } from "ws";
import { removeTemporaryFolders } from "./_util/folder.ts";
import { Bystanders } from "./_util/fuzz/bystanders.ts";
import { damage } from "./_util/fuzz/damaged-bytes.ts";
import { assertLean, assertUnharmed } from "./_util/fuzz/health.ts";
import { requestLine } from "./_util/fuzz/request-lines.ts";
import { runs } from "./_util/fuzz/runs.ts";
import { type SpawnedServer, spawnServer } from "./_util/node.ts";
import { type Person, registerPerson, resumePerson } from "./_util/person.ts";
import type { RawConnection, RawOptions } from "./_util/raw-connection.ts";

/** Of the table; what the WebSocket itself says of frames that are none; and the echo of our own close. RFC 6455 section 7.4.1. */
const DOCUMENTED = new Set<number>([...Object.values(CLOSE_REASONS).map(([code]) => code), 1002, 1005, 1006, 1009]);
const NO_FRAME = Uint8Array.of(0x77);

describe("the sealed channel, fuzzed", () => {
  let server: SpawnedServer;
  let bystanders: Bystanders;
  let member: Person;

  before(async () => {
    server = await spawnServer(["--log-level", "warn"]);
    bystanders = await Bystanders.meet(server.wsUrl);
    member = await registerPerson(server.wsUrl);
    // Tickets follow the reply.
    await member.connection.request("account.get", {});
  });
  after(async () => {
    await member?.connection.close();
    await bystanders?.leave();
    assert.equal(await server?.stop(), 0, "the server lives to the end");
    await removeTemporaryFolders();
  });

  async function unharmed(): Promise<void> {
    await bystanders.talk();
    assertUnharmed(server);
    assertLean(server);
  }

  /** CLIENT_HELLO as the client library says it. */
  async function helloOf(kem: KemName, ticket: StoredTicket | null): Promise<Buffer> {
    const share = await nodeCrypto.generateShare(kem);
    return new Promise((resolve) => {
      const channel = new ClientChannel(
        {
          ...{ crypto: nodeCrypto, random: nodeRandom, clock: nodeClock, transport: "plain", share, pin: null, ticket },
          ...{ clientInfo: "fuzz/1", maxMessage: 1024 },
        },
        { send: (frame) => resolve(Buffer.from(frame)), event: () => {} },
      );
      channel.start();
    });
  }

  /** Frames on a fresh socket, and then one that ends every channel; answers how it ended. */
  async function tell(frames: readonly Uint8Array[]): Promise<number> {
    const socket = new WebSocket(server.wsUrl, [SUBPROTOCOL_SEALED], { perMessageDeflate: false });
    socket.on("error", () => {});
    const closed = once(socket, "close");
    await once(socket, "open");
    for (const frame of [...frames, NO_FRAME]) socket.send(frame);
    const [code] = (await closed) as [number];
    return code;
  }

  it("[H3] whatever is said in place of a hello, and after it, ends that socket for a reason of the table", async () => {
    const [ticket] = member.connection.tickets;
    assert.ok(ticket !== undefined);
    const hellos = [
      await helloOf("x25519", null),
      await helloOf("rsa2048", null),
      await helloOf("rsa3072", null),
      await helloOf("x25519", ticket),
    ];
    const hello = fc.constantFrom(...hellos.keys());
    const later = fc.array(fc.tuple(fc.constantFrom(1, 2, 3, 0x10, 0x11, 0x20), fc.uint8Array({ maxLength: 80 })), {
      maxLength: 3,
    });
    await fc.assert(
      fc.asyncProperty(hello, damage, later, async (which, change, more) => {
        const first = change(hellos[which] as Buffer);
        const code = await tell([first, ...more.map(([type, body]) => Uint8Array.of(type, ...body))]);
        assert.ok(DOCUMENTED.has(code), String(code));
      }),
      runs(80),
    );
    await unharmed();
  });

  type Fate = "damage" | "drop" | "twice" | "swap";
  const fates = fc.constantFrom<Fate>("damage", "damage", "drop", "twice", "swap");

  it("[R3] a record that is changed, left out, repeated or out of order ends the connection, and does nothing", async () => {
    await fc.assert(
      fc.asyncProperty(fates, damage, fc.nat(2), async (fate, change, at) => {
        const held: Uint8Array[] = [];
        let left = Number.POSITIVE_INFINITY;
        let changed = false;
        const connection: RawConnection = await resumePerson(server.wsUrl, member, {
          tamper: (frame) => {
            if (left === 0 && fate === "swap") {
              // Behind the one that follows.
              held.push(frame);
              left -= 1;
              changed = true;
              return null;
            }
            if (held.length > 0) queueMicrotask(() => connection.socket.send(held.shift() ?? NO_FRAME));
            if (left-- !== 0) return frame;
            if (fate === "drop") changed = true;
            if (fate === "drop") return null;
            const other = fate === "damage" ? change(Buffer.from(frame)) : Buffer.from(frame);
            changed = fate === "twice" || !other.equals(frame);
            if (fate === "twice") connection.socket.send(frame);
            return other;
          },
        });
        left = at;
        const answers = Promise.all([0, 1, 2, 3].map(() => connection.refusal("node.info", {})));
        if (changed) {
          const code = await connection.closed;
          assert.ok([4100, 4101, 4109].includes(code), String(code));
          assert.ok((await answers).includes("INTERNAL"), "what came behind it was not answered");
        } else {
          assert.deepEqual(new Set(await answers), new Set(["ok"]));
          await connection.close();
        }
      }),
      runs(40),
    );
    await unharmed();
  });

  it("[R4] whatever a client with keys seals, it is answered or closed for a reason of the table", async () => {
    const types = [0, 1, 2, 3, 4, 5, 6, 7, 8, 0x10, 0x10, 0x11, 0x12, 0xff];
    const inner = fc.oneof(
      fc.uint8Array({ maxLength: 40 }),
      fc
        .tuple(fc.constantFrom(...types), fc.constantFrom(0, 0, 1, 2, 3, 4, 0xff), fc.uint8Array({ maxLength: 60 }))
        .map(([type, flags, body]) => Uint8Array.of(type, flags, ...body)),
      // Text without an end, and text that is none.
      fc.nat(60_000).map((length) => Buffer.concat([Buffer.of(0x10, 1), Buffer.alloc(length, 0x5b)])),
      fc.constant(Buffer.of(0x10, 0, 0xc3, 0x28, 0xff)),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(inner, { minLength: 1, maxLength: 8 }), async (inners) => {
        const waiting = [...inners];
        let open = false;
        const crypto: RawOptions["crypto"] = {
          ...nodeCrypto,
          seal: (key, nonce, header, plain) =>
            nodeCrypto.seal(key, nonce, header, open ? (waiting.shift() ?? plain) : plain),
        };
        const connection = await resumePerson(server.wsUrl, member, { crypto });
        open = true;
        for (const _ of inners) connection.sendText("replaced");
        // A text that did not end takes the request in, and what is no request then is answered without an id.
        const strays = connection.unaddressed(1).then(
          () => "stray",
          () => "closed",
        );
        const answer = await Promise.race([connection.refusal("node.info", {}), strays]);
        assert.ok(
          ["ok", "stray", "closed"].includes(answer) || connection.socket.readyState !== WebSocket.OPEN,
          answer,
        );
        await connection.close();
        assert.ok(DOCUMENTED.has(await connection.closed), String(await connection.closed));
      }),
      runs(40),
    );
    await unharmed();
  });

  it("[F1] whatever lines a record holds, each is answered by the table or not at all, and the next ones, too", async () => {
    let connection = await resumePerson(server.wsUrl, member);
    await fc.assert(
      fc.asyncProperty(fc.array(requestLine, { maxLength: 6 }), async (lines) => {
        if (connection.socket.readyState !== WebSocket.OPEN) connection = await resumePerson(server.wsUrl, member);
        connection.overhear = (text) => {
          for (const line of text.split("\n")) {
            const { error } = JSON.parse(line) as { error?: { data: { name: string } } };
            if (error === undefined) continue;
            assert.ok(Object.hasOwn(REPLY_ERRORS, error.data.name) && error.data.name !== "INTERNAL", line);
          }
        };
        connection.sendText(lines.join("\n"));
        const answer = await connection.refusal("node.info", {});
        // Half a megabyte of brackets costs as much as many requests, and more than one is too big.
        if (connection.socket.readyState !== WebSocket.OPEN) assert.ok([4113, 4129].includes(await connection.closed));
        else assert.notEqual(answer, "INTERNAL");
      }),
      runs(80),
    );
    await connection.close();
    await unharmed();
  });
});
