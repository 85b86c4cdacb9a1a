// `npm run build`: what `npm start` does before it starts.
import { buildStale } from "./steps/build-stale.mjs";
import { install } from "./steps/install.mjs";

const say = (text) => process.stdout.write(`${text}\n`);

await install(say);
await buildStale(say);
