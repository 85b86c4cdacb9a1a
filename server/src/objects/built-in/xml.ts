import { S3Refusal } from "./s3-refusal.ts";

const HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n';
const ESCAPES: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };

/** Elements in order: of text, or of further elements. */
export type XmlNode = readonly [name: string, content: string | number | boolean | readonly XmlNode[]];

export function xmlOf([name, content]: XmlNode): string {
  return `${HEAD}${element([name, content])}`;
}

function element([name, content]: XmlNode): string {
  const inner = Array.isArray(content)
    ? (content as readonly XmlNode[]).map(element).join("")
    : String(content).replace(/[&<>"]/g, (character) => ESCAPES[character] ?? "");
  return `<${name}>${inner}</${name}>`;
}

const PART = "<Part>";
const PART_END = "</Part>";
/** Characters of one part: its number, its ETag, and the checksums that some clients add. */
const PART_MAX = 2_048;

export interface NamedPart {
  readonly number: number;
  readonly etag: string;
}

/** The body of CompleteMultipartUpload: the one document that clients send. In one pass, however it is written. */
export function readPartList(xml: string): NamedPart[] {
  const parts: NamedPart[] = [];
  for (let from = xml.indexOf(PART); from !== -1; from = xml.indexOf(PART, from)) {
    const to = xml.indexOf(PART_END, from);
    if (to === -1) throw new S3Refusal("MalformedXML", "A part has an end.");
    parts.push(readPart(xml.slice(from + PART.length, to)));
    from = to + PART_END.length;
  }
  if (parts.length === 0) throw new S3Refusal("MalformedXML", "An upload is completed from at least one part.");
  return parts;
}

function readPart(part: string): NamedPart {
  if (part.length > PART_MAX) throw new S3Refusal("MalformedXML", "A part is shorter.");
  const number = /<PartNumber>\s*(\d{1,5})\s*<\/PartNumber>/.exec(part)?.[1];
  const etag = /<ETag>\s*(?:"|&quot;|&#34;)?([0-9a-f]{32})(?:"|&quot;|&#34;)?\s*<\/ETag>/.exec(part)?.[1];
  if (number === undefined || etag === undefined)
    throw new S3Refusal("MalformedXML", "A part has a number and an ETag.");
  return { number: Number(number), etag };
}
