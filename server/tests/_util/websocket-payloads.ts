/**
 * The payloads of one direction of one recorded WebSocket connection, after its HTTP head (RFC 6455 section 5.2).
 * Clients mask what they send, so looking for a text in the raw bytes of that direction would prove nothing.
 */
export function webSocketPayloads(recorded: Buffer): Buffer {
  const payloads: Buffer[] = [];
  let at = recorded.indexOf("\r\n\r\n") + 4;
  if (at < 4) throw new Error("no HTTP head");
  while (at + 2 <= recorded.length) {
    const masked = (recorded.readUInt8(at + 1) & 0x80) !== 0;
    let length = recorded.readUInt8(at + 1) & 0x7f;
    at += 2;
    if (length === 126) {
      length = recorded.readUInt16BE(at);
      at += 2;
    } else if (length === 127) {
      length = Number(recorded.readBigUInt64BE(at));
      at += 8;
    }
    const mask = masked ? recorded.subarray(at, at + 4) : null;
    at += mask ? 4 : 0;
    const payload = Buffer.from(recorded.subarray(at, at + length));
    if (mask)
      for (let n = 0; n < payload.length; n++) payload.writeUInt8(payload.readUInt8(n) ^ mask.readUInt8(n % 4), n);
    payloads.push(payload);
    at += length;
  }
  return Buffer.concat(payloads);
}

/** The text as it might stand on a wire: plain, two bytes a character, hexadecimal, base64 at each alignment. */
export function disguises(text: string): Buffer[] {
  const bytes = Buffer.from(text);
  const base64 = [0, 1, 2].map((shift) =>
    // The characters at the ends also depend on the neighbours: leave them out.
    Buffer.concat([Buffer.alloc(shift), bytes])
      .toString("base64")
      .slice(shift === 0 ? 0 : 4, -4),
  );
  return [
    bytes,
    Buffer.from(text, "utf16le"),
    Buffer.from(bytes.toString("hex")),
    ...base64.map((b) => Buffer.from(b)),
  ];
}
