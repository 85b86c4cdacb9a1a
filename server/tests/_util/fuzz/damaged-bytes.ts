import fc from "fast-check";

type Edit = (bytes: Buffer) => Buffer;

const place = (bytes: Buffer, at: number) => (bytes.length === 0 ? 0 : at % bytes.length);

const edit: fc.Arbitrary<Edit> = fc.oneof(
  fc.tuple(fc.nat(), fc.integer({ min: 1, max: 255 })).map(([at, mask]): Edit => {
    return (bytes) => {
      const copy = Buffer.from(bytes);
      const index = place(copy, at);
      if (copy.length > 0) copy[index] = (copy[index] ?? 0) ^ mask;
      return copy;
    };
  }),
  fc.nat().map(
    (at): Edit =>
      (bytes) =>
        bytes.subarray(0, place(bytes, at)),
  ),
  fc.nat().map(
    (at): Edit =>
      (bytes) =>
        bytes.subarray(place(bytes, at)),
  ),
  fc.tuple(fc.nat(), fc.uint8Array({ maxLength: 8 })).map(([at, insert]): Edit => {
    return (bytes) => Buffer.concat([bytes.subarray(0, place(bytes, at)), insert, bytes.subarray(place(bytes, at))]);
  }),
  // A length of two bytes that says something else than what follows.
  fc.tuple(fc.nat(), fc.constantFrom(0, 1, 0x7fff, 0xffff)).map(([at, length]): Edit => {
    return (bytes) => {
      const copy = Buffer.from(bytes);
      if (copy.length >= 2) copy.writeUInt16BE(length, at % (copy.length - 1));
      return copy;
    };
  }),
  fc.constant<Edit>((bytes) => Buffer.concat([bytes, bytes])),
);

/** What is done to good bytes before they are sent; nothing, now and then. */
export const damage: fc.Arbitrary<Edit> = fc
  .array(edit, { maxLength: 3 })
  .map((edits) => (bytes: Buffer) => edits.reduce((each, change) => change(each), bytes));
