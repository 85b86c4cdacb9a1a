import { createHash, randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Result } from "@parley/protocol";
import type { Bench } from "../bench.ts";
import { newClientId, type Talker } from "../load/talker.ts";
import { Tally } from "../load/tally.ts";
import { download, upload } from "../load/transfer.ts";
import { compare, interleaved } from "../measure/rounds.ts";
import { spreadOf } from "../measure/spread.ts";
import { measureWindow, type Window } from "../measure/window.ts";
import type { ParleySystem } from "../parley/system.ts";
import { Program } from "../process/program.ts";

/** Files to and from the built-in object service, over the network as clients do it. */
const FILE_BYTES = 64 * 1024 ** 2;
const FILES_OF_ROUND = 4;
/** Requests for an upload's URL in a round; as many may be open at once. */
const BEGINS = 40;

interface Store {
  readonly name: string;
  readonly program: Program;
  /** What has to be known before the bytes move, and what is done with them afterwards, is not timed. */
  put(body: Buffer): Promise<{ move(): Promise<void>; readable(): Promise<string> }>;
}

interface Round {
  readonly up: Window;
  readonly down: Window;
}

export async function files(bench: Bench): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "parley-bench-files-"));
  const bare = await Program.start({
    command: [process.execPath, fileURLToPath(new URL("../reference/file-server.js", import.meta.url)), folder],
    core: bench.cores?.server ?? null,
    ready: /ready on (http:\/\/127\.0\.0\.1:\d+)/,
    channel: true,
  });
  try {
    await bench.with([bench.parley()], async (parley) => {
      if (parley === undefined) throw new Error("one server");
      const talker = await parley.connect({ person: 0, how: "resumed", tally: new Tally() });
      const chatId = await parley.direct(0, 1);
      const stores = [builtIn(parley, talker, chatId), bareServer(bare)];
      const results = await interleaved(bench.effort.rounds, stores, (store) => measure(bench, store));
      const [own = [], reference = []] = results.values();
      report(bench, own, reference);
      await reportBegin(bench, parley, talker, chatId);
    });
  } finally {
    await bare.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

async function measure(bench: Bench, store: Store): Promise<Round> {
  const bodies = Array.from({ length: FILES_OF_ROUND }, unlikeAnyOther);
  const puts = await Promise.all(bodies.map((body) => store.put(body)));
  const up = await measureWindow(store.program.pid, bench.redis.pid, async () => {
    for (const put of puts) await put.move();
  });
  const urls: string[] = [];
  for (const put of puts) urls.push(await put.readable());
  const down = await measureWindow(store.program.pid, bench.redis.pid, async () => {
    for (const url of urls) await download(url, FILE_BYTES);
  });
  return { up, down };
}

function report(bench: Bench, own: Round[], reference: Round[]): void {
  const mib = (FILE_BYTES * FILES_OF_ROUND) / 1024 ** 2;
  for (const way of ["up", "down"] as const) {
    const generatorBusy = Math.max(...own.map((round) => round[way].generatorBusy));
    const what = `built-in object service ${way}, files of ${FILE_BYTES / 1024 ** 2} MiB`;
    const row = { id: "files", generatorBusy };
    bench.report.add({
      ...row,
      what,
      unit: "MiB/s",
      ...compare(own, reference, "bare http", (round) => (mib * 1000) / round[way].wallMs),
      figure: { of: "ratio", bound: "atLeast", limit: 0.5 },
      note: "one after the other; up is checked by MD5 and synced to the disk, which the bare server does not do",
    });
    bench.report.add({
      ...row,
      what: `${what}, CPU`,
      unit: "ms/GiB",
      ...compare(own, reference, "bare http", (round) => (round[way].server.totalNs / 1e6 / mib) * 1024),
      figure: null,
    });
  }
}

/** The way from a question to a URL, with all its checks. */
async function reportBegin(bench: Bench, parley: ParleySystem, talker: Talker, chatId: string): Promise<void> {
  const perBegin: number[] = [];
  for (let round = 0; round <= bench.effort.rounds; round++) {
    const fileIds: string[] = [];
    const window = await measureWindow(parley.program.pid, bench.redis.pid, async () => {
      for (let i = 0; i < BEGINS; i++) {
        const about = { size: 1_000, sha256: randomBytes(32).toString("hex"), md5: randomBytes(16).toString("hex") };
        fileIds.push((await begin(talker, chatId, about)).fileId);
      }
    });
    for (const fileId of fileIds) await talker.request("file.abort", { fileId });
    if (round > 0) perBegin.push(window.server.totalNs / 1e6 / BEGINS);
  }
  bench.report.add({
    id: "files",
    what: "file.begin to its URL, CPU of the server",
    unit: "ms",
    parley: spreadOf(perBegin),
    reference: null,
    figure: { of: "value", bound: "atMost", limit: 2 },
  });
}

function begin(
  talker: Talker,
  chatId: string,
  about: { readonly size: number; readonly sha256: string; readonly md5: string },
): Promise<Result<"file.begin">> {
  const type = "application/octet-stream";
  return talker.request("file.begin", { chatId, name: "bench.bin", type, ...about });
}

function builtIn(parley: ParleySystem, talker: Talker, chatId: string): Store {
  const origin = parley.url.replace(/^ws(.*)\/ws$/, "http$1");
  return {
    name: parley.name,
    program: parley.program,
    async put(body) {
      const hash = (name: string) => createHash(name).update(body).digest("hex");
      const about = { size: body.length, sha256: hash("sha256"), md5: hash("md5") };
      const { fileId, upload: place } = await begin(talker, chatId, about);
      if (place === undefined) throw new Error("one PUT");
      return {
        move: () => upload(origin + place.url, place.headers, body),
        async readable() {
          await talker.request("file.complete", { fileId });
          const message = { chatId, clientId: newClientId(), kind: "file", body: { fileId } };
          const { seq } = await talker.request<Result<"message.send">>("message.send", message);
          return origin + (await talker.request<Result<"file.url">>("file.url", { chatId, seq, fileId })).url;
        },
      };
    },
  };
}

function bareServer(program: Program): Store {
  let files = 0;
  return {
    name: "bare http",
    program,
    async put(body) {
      const url = `${program.match[1]}/file-${files++}`;
      return { move: () => upload(url, {}, body), readable: async () => url };
    },
  };
}

/** Else the server would say that it has it already. */
function unlikeAnyOther(): Buffer {
  const body = Buffer.alloc(FILE_BYTES, "parley");
  randomBytes(16).copy(body);
  return body;
}
