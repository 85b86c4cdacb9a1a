import { isObjectKey } from "../object-keys.ts";
import { S3Refusal } from "./s3-refusal.ts";

/** Path and query of a request, decoded once. */
export interface Target {
  /** As in the request line, encoded. */
  readonly path: string;
  readonly bucket: string;
  /** Null: the bucket itself. */
  readonly key: string | null;
  readonly query: ReadonlyMap<string, string>;
}

/** More than any request of S3 has. */
const QUERY_MAX = 40;

/** Of a path below `prefix`. Nothing of it is ever normalised: what is not plain is refused. */
export function targetOf(url: string, prefix: string): Target {
  const at = url.indexOf("?");
  const path = at === -1 ? url : url.slice(0, at);
  if (!path.startsWith(`${prefix}/`)) throw new S3Refusal("InvalidURI", "There is nothing here.");
  const [bucket = "", ...rest] = path.slice(prefix.length + 1).split("/");
  const key = rest.join("/");
  if (key !== "" && !isObjectKey(key)) throw new S3Refusal("InvalidURI", "No key is written so.");
  return { path, bucket, key: key === "" ? null : key, query: queryOf(at === -1 ? "" : url.slice(at + 1)) };
}

function queryOf(text: string): ReadonlyMap<string, string> {
  const query = new Map<string, string>();
  for (const pair of text.split("&", QUERY_MAX + 1)) {
    if (pair === "") continue;
    const at = pair.indexOf("=");
    const name = decoded(at === -1 ? pair : pair.slice(0, at));
    // Two values could mean one thing to the signature and another to what is done.
    if (query.has(name) || query.size === QUERY_MAX) throw new S3Refusal("InvalidArgument", "The query is ambiguous.");
    query.set(name, at === -1 ? "" : decoded(pair.slice(at + 1)));
  }
  return query;
}

export function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new S3Refusal("InvalidURI", "The URL is not encoded as it should be.");
  }
}
