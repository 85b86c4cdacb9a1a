import { readdir, readFile } from "node:fs/promises";
import { extname, join, sep } from "node:path";
import { promisify } from "node:util";
import { gzip } from "node:zlib";

/** Files of a built web app: some dozens. A folder with more is not one. */
const FILES_MAX = 2_000;
/** Folders that the build fills with files whose names carry a hash of their content. */
const IMMUTABLE_FOLDER = "/assets/";
const IMMUTABLE = "public, max-age=31536000, immutable";
/** Asked for anew each time, so that an upgrade reaches everybody. */
const REVALIDATED = "no-cache";

const TYPES: Readonly<Record<string, string>> = {
  ".css": "text/css; charset=utf-8",
  ".html": "text/html; charset=utf-8",
  ".ico": "image/x-icon",
  ".js": "text/javascript; charset=utf-8",
  ".json": "application/json",
  ".map": "application/json",
  ".mjs": "text/javascript; charset=utf-8",
  ".png": "image/png",
  ".svg": "image/svg+xml",
  ".txt": "text/plain; charset=utf-8",
  ".wasm": "application/wasm",
  ".webmanifest": "application/manifest+json",
  ".webp": "image/webp",
  ".woff2": "font/woff2",
};
/** Compressed already. */
const PACKED = new Set([".png", ".webp", ".woff2"]);

export interface WebFile {
  readonly type: string;
  readonly cacheControl: string;
  readonly body: Uint8Array;
  /** The body is gzip. */
  readonly gzipped: boolean;
}

const pack = promisify(gzip);

/**
 * The built web app. Its files are listed once at the start and looked up in that list, so no path that a client
 * writes ever reaches the file system. What was asked for is kept in memory, compressed.
 */
export class WebApp {
  readonly #paths: ReadonlyMap<string, string>;
  readonly #packed = new Map<string, Promise<Uint8Array>>();

  private constructor(paths: ReadonlyMap<string, string>) {
    this.#paths = paths;
  }

  static async open(folder: string): Promise<WebApp> {
    const paths = new Map<string, string>();
    const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
    for (const entry of entries) {
      if (!entry.isFile()) continue;
      if (paths.size >= FILES_MAX) throw new RangeError(`${folder} has more than ${FILES_MAX} files: not a web app`);
      const file = join(entry.parentPath, entry.name);
      paths.set(`/${file.slice(folder.length).split(sep).filter(Boolean).join("/")}`, file);
    }
    return new WebApp(paths);
  }

  /** Null: there is no such file. Every other path of the app (`/chat/...`) is its page. */
  async find(path: string, acceptsGzip: boolean): Promise<WebFile | null> {
    const name = this.#paths.has(path) ? path : extname(path) === "" ? "/index.html" : null;
    const file = name === null ? undefined : this.#paths.get(name);
    if (name === null || file === undefined) return null;
    const type = TYPES[extname(name)] ?? "application/octet-stream";
    const cacheControl = name.startsWith(IMMUTABLE_FOLDER) ? IMMUTABLE : REVALIDATED;
    if (!acceptsGzip || PACKED.has(extname(name))) {
      return { type, cacheControl, body: await readFile(file), gzipped: false };
    }
    return { type, cacheControl, body: await this.#pack(file), gzipped: true };
  }

  #pack(file: string): Promise<Uint8Array> {
    let packed = this.#packed.get(file);
    if (packed === undefined) {
      packed = readFile(file).then((bytes) => pack(bytes));
      packed.catch(() => this.#packed.delete(file));
      this.#packed.set(file, packed);
    }
    return packed;
  }
}
