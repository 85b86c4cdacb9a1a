import type { ShownAs } from "./objects.ts";

/**
 * What browsers show or play by themselves and never run. No SVG, which has scripts; no PDF, whose viewers have had
 * them; no text, which older browsers sniff.
 */
const PLAIN_MEDIA: ReadonlySet<string> = new Set([
  "image/png",
  "image/jpeg",
  "image/gif",
  "image/webp",
  "image/avif",
  "image/bmp",
  "audio/aac",
  "audio/flac",
  "audio/mp4",
  "audio/mpeg",
  "audio/ogg",
  "audio/wav",
  "audio/webm",
  "audio/x-m4a",
  "audio/x-wav",
  "video/mp4",
  "video/ogg",
  "video/quicktime",
  "video/webm",
]);
const ANY_BYTES = "application/octet-stream";
/** Characters of the name for programs that know no RFC 5987: a URL has to fit into the headers of a request. */
const PLAIN_NAME_MAX = 64;

export interface Presentation {
  readonly type: string;
  readonly disposition: string;
}

/** How an object is handed to browsers: in place only what cannot run, all else to be saved under its name. */
export function presentationOf({ name, type, download }: ShownAs): Presentation {
  const safe = PLAIN_MEDIA.has(type);
  return {
    type: safe ? type : ANY_BYTES,
    disposition: `${safe && !download ? "inline" : "attachment"}; ${namedAs(name)}`,
  };
}

/** The same rule for what a signature asks of the built-in service, whoever made it. */
export function mayBeInline(type: string): boolean {
  return PLAIN_MEDIA.has(type);
}

/** RFC 6266, with the name in UTF-8 by RFC 8187. */
function namedAs(name: string): string {
  const plain = name.replace(/[^A-Za-z0-9 ._-]/g, "_").slice(-PLAIN_NAME_MAX);
  const exact = encodeURIComponent(Buffer.from(name).toString()).replace(/['()*]/g, percent);
  return `filename="${plain}"; filename*=UTF-8''${exact}`;
}

function percent(character: string): string {
  return `%${character.charCodeAt(0).toString(16).toUpperCase()}`;
}
