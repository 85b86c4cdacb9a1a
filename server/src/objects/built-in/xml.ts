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

export interface NamedPart {
  readonly number: number;
  readonly etag: string;
}

/** The body of CompleteMultipartUpload: the one document that clients send. */
export function readPartList(xml: string): NamedPart[] {
  const parts: NamedPart[] = [];
  for (const [, part = ""] of xml.matchAll(/<Part>(.*?)<\/Part>/gs)) {
    const number = /<PartNumber>\s*(\d{1,5})\s*<\/PartNumber>/.exec(part)?.[1];
    const etag = /<ETag>\s*(?:"|&quot;|&#34;)?([0-9a-f]{32})(?:"|&quot;|&#34;)?\s*<\/ETag>/.exec(part)?.[1];
    if (number === undefined || etag === undefined)
      throw new S3Refusal("MalformedXML", "A part has a number and an ETag.");
    parts.push({ number: Number(number), etag });
  }
  if (parts.length === 0) throw new S3Refusal("MalformedXML", "An upload is completed from at least one part.");
  return parts;
}
