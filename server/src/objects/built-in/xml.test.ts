import assert from "node:assert/strict";
import { test } from "node:test";
import { S3Refusal } from "./s3-refusal.ts";
import { readPartList } from "./xml.ts";

const ETAG = "0123456789abcdef".repeat(2);
const part = (number: number) => `<Part>\n<PartNumber>${number}</PartNumber><ETag>&quot;${ETAG}&quot;</ETag></Part>`;
const malformed = (error: unknown) => error instanceof S3Refusal && error.code === "MalformedXML";

test("[FILE-3] a list of parts is read in its order", () => {
  const xml = `<CompleteMultipartUpload>${part(2)}${part(10_000)}</CompleteMultipartUpload>`;
  assert.deepEqual(readPartList(xml), [
    { number: 2, etag: ETAG },
    { number: 10_000, etag: ETAG },
  ]);
});

test("[NET-7] a list of parts is refused as fast as it is read, however it is written", () => {
  const long = 2 * 1024 ** 2;
  const startedAt = performance.now();
  for (const piece of ["<Part>", "<Part><PartNumber>", "<Part></Part", "<ETag>   ", "<"]) {
    assert.throws(() => readPartList(piece.repeat(long / piece.length)), malformed, piece);
  }
  assert.throws(() => readPartList(`<Part>${"<PartNumber>".padEnd(long, " ")}</Part>`), malformed);
  // Each start that is followed to the end would take minutes.
  assert.ok(performance.now() - startedAt < 10_000);
});
