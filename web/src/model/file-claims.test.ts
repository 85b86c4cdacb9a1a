import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { AttachedFile } from "./attached-file.ts";
import { kindOf, previewUrl, ratioOf, showsAs } from "./file-claims.ts";

const file = (more: Partial<AttachedFile>): AttachedFile => ({
  kind: "image",
  fileId: "f",
  type: "image/png",
  ...more,
});

/** The head of a WebP of this size, as an encoder writes it. */
function webp(width: number, height: number, format: "VP8 " | "VP8L" | "VP8X"): string {
  const bytes = Buffer.alloc(40);
  bytes.write("RIFF", 0);
  bytes.write(`WEBP${format}`, 8);
  if (format === "VP8 ") {
    bytes.writeUInt16LE(width, 26);
    bytes.writeUInt16LE(height, 28);
  } else if (format === "VP8X") {
    bytes.writeUIntLE(width - 1, 24, 3);
    bytes.writeUIntLE(height - 1, 27, 3);
  } else bytes.writeUInt32LE((width - 1) | ((height - 1) << 14), 21);
  return bytes.toString("base64url");
}

describe("[FILE-7] what senders say of files", () => {
  it("only pictures, films and sounds that run nothing are shown as such", () => {
    assert.equal(kindOf("image/svg+xml"), "file");
    assert.equal(kindOf("text/html"), "file");
    assert.equal(kindOf("image/webp"), "image");
    assert.equal(showsAs(file({})), "picture");
    assert.equal(showsAs(file({ type: "image/svg+xml" })), "card");
    assert.equal(showsAs(file({ type: "text/html" })), "card");
    assert.equal(showsAs(file({ kind: "video", type: "text/html" })), "card");
    assert.equal(showsAs(file({ kind: "voice", type: "text/html" })), "card");
    assert.equal(showsAs(file({ kind: "file", type: "image/png" })), "card");
    assert.equal(showsAs(file({ kind: "file", type: "audio/mpeg" })), "sound");
    const sealed = { key: "k", size: 1, sha256: "0", type: "text/html" };
    assert.equal(showsAs(file({ sealed })), "card");
  });

  it("huge pictures are not decoded, and no shape pushes the conversation away", () => {
    assert.equal(showsAs(file({ width: 16_000, height: 16_000 })), "card");
    assert.equal(ratioOf(file({ width: 16_000, height: 1 })), 3);
    assert.equal(ratioOf(file({ width: 1, height: 16_000 })), 1 / 3);
    assert.equal(ratioOf(file({ width: 640, height: 480 })), 4 / 3);
  });

  it("a preview is a tiny WebP, or nothing", () => {
    for (const format of ["VP8 ", "VP8L", "VP8X"] as const) {
      assert.match(previewUrl(webp(32, 24, format)) ?? "", /^data:image\/webp;base64,/, format);
      assert.equal(previewUrl(webp(4_000, 24, format)), undefined, format);
      assert.equal(previewUrl(webp(24, 4_000, format)), undefined, format);
    }
    assert.equal(previewUrl(undefined), undefined);
    assert.equal(previewUrl("PHN2Zz48c2NyaXB0PmFsZXJ0KDEpPC9zY3JpcHQ-PC9zdmc-"), undefined);
    assert.equal(previewUrl("%%%"), undefined);
  });
});
