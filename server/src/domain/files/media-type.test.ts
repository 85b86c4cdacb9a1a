import assert from "node:assert/strict";
import { test } from "node:test";
import { isDeclaredType, suitsKind } from "./media-type.ts";

const bytes = (text: string) => Buffer.from(text, "latin1");

test("[FILE-1] pictures, sounds and films are told by how they begin", () => {
  const transport = Buffer.alloc(400);
  transport[0] = transport[188] = 0x47;
  const right: readonly (readonly [string, Uint8Array])[] = [
    ["image/png", bytes("\x89PNG\r\n\x1a\n....")],
    ["image/jpeg", bytes("\xff\xd8\xff\xe0")],
    ["image/webp", bytes("RIFF....WEBPVP8 ")],
    ["image/avif", bytes("\0\0\0\x1cftypavif")],
    ["image/heic", bytes("\0\0\0\x18ftypheic")],
    ["image/svg+xml", bytes('<?xml version="1.0"?>\n<svg xmlns="x">')],
    ["audio/webm", bytes("\x1a\x45\xdf\xa3")],
    ["audio/ogg", bytes("OggS")],
    ["audio/mpeg", bytes("\xff\xfb\x90\x00")],
    ["audio/mp4", bytes("\0\0\0\x1cftypM4A ")],
    ["audio/wav", bytes("RIFF....WAVEfmt ")],
    ["video/mp4", bytes("\0\0\0\x1cftypisom")],
    ["video/webm", bytes("\x1a\x45\xdf\xa3")],
    ["video/mp2t", transport],
  ];
  for (const [type, start] of right) assert.ok(isDeclaredType(type, start), type);
});

test("[FILE-1] what is declared as one of them and is another thing is no such file; of other types nothing is known", () => {
  const page = bytes("<!doctype html><script>alert(1)</script>");
  for (const type of ["image/png", "image/svg+xml", "audio/mpeg", "video/mp4"]) assert.ok(!isDeclaredType(type, page));
  assert.ok(!isDeclaredType("image/png", bytes("\0\0\0\x1cftypisom")));
  assert.ok(!isDeclaredType("video/mp4", bytes("\0\0\0\x1cftypavif")));
  assert.ok(!isDeclaredType("video/mp4", bytes("\x89PNG\r\n\x1a\n")));
  assert.ok(!isDeclaredType("image/png", new Uint8Array()));
  for (const type of ["text/plain", "application/octet-stream", "application/pdf"]) {
    assert.ok(isDeclaredType(type, page), type);
  }
});

test("[MSG-7] each kind of message has files of its types", () => {
  assert.deepEqual(
    (["image", "voice", "video", "file"] as const).map((kind) => suitsKind(kind, "image/png")),
    [true, false, false, true],
  );
  assert.ok(suitsKind("voice", "audio/webm") && suitsKind("video", "video/webm"));
  assert.ok(!suitsKind("video", "audio/webm") && !suitsKind("image", "application/octet-stream"));
});
