import { writePage } from "./page.ts";
import { readResults } from "./recorded.ts";

// `node server/dist/bench/results/write-page.js` after the page's layout has changed; `--record` does it by itself.
writePage(readResults());
