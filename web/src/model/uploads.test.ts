import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { NewContent } from "@parley/protocol";
import type { Looks } from "./file-device.ts";
import { CHAT, LogTalk } from "./test-talk.ts";
import { until } from "./test-until.ts";
import { STAGED_MAX, Uploads } from "./uploads.ts";

const LOOKS: Looks = { width: 640, height: 480, preview: "abcd" };

function open(looks: Looks | null = LOOKS) {
  const talk = new LogTalk();
  const said: NewContent[] = [];
  const device = { look: async () => looks, save: () => {} };
  const say = async (_chatId: string, content: NewContent) => void said.push(content);
  talk.answers.set("file.quota", () => ({ usedBytes: 0, quotaBytes: 1_000, fileBytes: 500 }));
  return { talk, said, uploads: new Uploads({ talk, device, say }) };
}

function picked(name: string, size: number, type = "") {
  return { name, blob: new Blob([new Uint8Array(size)], { type }) };
}

describe("[FILE-6] files on their way", () => {
  it("a picture goes with its size and the words, once it is there", async () => {
    const { talk, said, uploads } = open();
    assert.equal(
      await uploads.stage(CHAT, [picked("a.png", 10, "image/png"), picked("b.pdf", 20, "application/pdf")]),
      true,
    );
    uploads.send(CHAT, { caption: "look", replyTo: 3 });
    await until(() => uploads.sending(CHAT).every(({ state }) => state.name === "uploading"));
    assert.deepEqual(talk.done.slice(1), ["upload a.png image/png", "upload b.pdf application/pdf"]);
    const [first, second] = talk.uploads;
    assert.ok(first && second);
    first.move({ name: "sending", doneBytes: 4 });
    assert.equal(uploads.sending(CHAT)[0]?.doneBytes, 4);
    assert.deepEqual(said, []);
    first.move({ name: "done", file: { fileId: "f1" } });
    await until(() => uploads.sending(CHAT).length === 1);
    const body = { fileId: "f1", ...LOOKS, caption: "look", replyTo: 3 };
    assert.deepEqual(said, [{ kind: "image", body }]);
    second.move({ name: "done", file: { fileId: "f2" } });
    await until(() => uploads.sending(CHAT).length === 0);
    assert.deepEqual(said[1], { kind: "file", body: { fileId: "f2" } });
    assert.equal(uploads.own("f1")?.name, "a.png");
    assert.match(uploads.own("f1")?.url ?? "", /^blob:/);
    assert.equal(uploads.own("f2")?.url, null);
    uploads.clear();
  });

  it("[FILE-5] says before a byte moves what is too large, has no room, or is empty", async () => {
    const { uploads, talk } = open();
    const files = [
      picked("none", 0),
      picked("large", 501),
      picked("one", 450),
      picked("two", 450),
      picked("three", 450),
    ];
    await uploads.stage(CHAT, files);
    assert.deepEqual(
      uploads.staged(CHAT).map(({ refusal }) => refusal),
      [{ why: "empty" }, { why: "tooLarge", most: 500 }, null, null, { why: "noRoom", most: 100 }],
    );
    uploads.send(CHAT, {});
    await until(() => uploads.sending(CHAT).every(({ state }) => state.name === "uploading"));
    assert.deepEqual(talk.done, [
      "file.quota",
      "upload one application/octet-stream",
      "upload two application/octet-stream",
    ]);
    assert.equal(uploads.staged(CHAT).length, 3);
    uploads.clear();
    assert.equal(uploads.busy, false);
  });

  it("[FILE-5] [NET-1] a page over plain http says what works there, or what the server takes if that is less", async () => {
    const { uploads, talk } = open();
    Object.assign(talk.files, { seals: true });
    const large = () => Object.defineProperty(new Blob(["x"]), "size", { value: 2 * 1024 ** 3 });
    const refusals = () => uploads.staged(CHAT).map(({ refusal }) => refusal);
    await uploads.stage(CHAT, [{ name: "one", blob: large() }]);
    assert.deepEqual(refusals(), [{ why: "tooLarge", most: 500 }]);
    talk.answers.set("file.quota", () => ({ usedBytes: 0, quotaBytes: 2 ** 40, fileBytes: 2 ** 40 }));
    await uploads.stage(CHAT, [{ name: "two", blob: large() }]);
    assert.deepEqual(refusals()[1], { why: "sealed", most: 1024 ** 3 });
    uploads.clear();
  });

  it("what the server does not take for a picture is sent as a plain file at the next try", async () => {
    const { uploads, talk, said } = open();
    await uploads.stage(CHAT, [picked("x.png", 5, "image/png")]);
    uploads.send(CHAT, {});
    await until(() => talk.uploads.length === 1);
    talk.uploads[0]?.move({ name: "failed", why: "FILE_TYPE_WRONG" });
    await until(() => uploads.sending(CHAT)[0]?.state.name === "failed");
    void uploads.sending(CHAT)[0]?.retry();
    await until(() => talk.uploads.length === 2);
    assert.equal(talk.done.at(-1), "upload x.png application/octet-stream");
    talk.uploads[1]?.move({ name: "done", file: { fileId: "f1" } });
    await until(() => said.length === 1);
    assert.equal(said[0]?.kind, "file");
    uploads.clear();
  });

  it("what was given up is never sent, at whatever moment", async () => {
    const { uploads, talk, said } = open();
    await uploads.stage(CHAT, [picked("a.png", 5, "image/png"), picked("b.png", 5, "image/png")]);
    uploads.send(CHAT, {});
    const [early, late] = uploads.sending(CHAT);
    assert.ok(early && late);
    uploads.drop(early);
    await until(() => talk.uploads.length === 1);
    uploads.drop(late);
    assert.equal(talk.uploads[0]?.state.name, "cancelled");
    assert.equal(uploads.sending(CHAT).length, 0);
    assert.deepEqual(said, []);
  });

  it("messages keep the order of what was picked, whatever is there first", async () => {
    const { uploads, talk, said } = open();
    await uploads.stage(CHAT, [picked("a", 5), picked("b", 5), picked("c", 5)]);
    uploads.send(CHAT, { caption: "three" });
    await until(() => talk.uploads.length === 3);
    const ends = (at: number) => talk.uploads[at]?.move({ name: "done", file: { fileId: `f${at}` } });
    ends(2);
    ends(1);
    await until(() => uploads.sending(CHAT).filter(({ awaitsTurn }) => awaitsTurn).length === 2);
    assert.deepEqual(said, []);
    ends(0);
    await until(() => uploads.sending(CHAT).length === 0);
    assert.deepEqual(
      said.map(({ body }) => body),
      [{ fileId: "f0", caption: "three" }, { fileId: "f1" }, { fileId: "f2" }],
    );
    uploads.clear();
  });

  it("one that failed, was paused or given up holds up no other, and comes later", async () => {
    const { uploads, talk, said } = open();
    await uploads.stage(CHAT, [picked("a", 5), picked("b", 5), picked("c", 5), picked("d", 5)]);
    uploads.send(CHAT, { caption: "four" });
    await until(() => talk.uploads.length === 4);
    const [a, b, c] = uploads.sending(CHAT);
    assert.ok(a && b && c);
    talk.uploads[3]?.move({ name: "done", file: { fileId: "f3" } });
    await until(() => uploads.sending(CHAT)[3]?.awaitsTurn === true);
    talk.uploads[1]?.move({ name: "failed", why: "storeRefused" });
    c.pause();
    await until(() => b.state.name === "failed");
    assert.deepEqual(said, []);
    uploads.drop(a);
    await until(() => said.length === 1);
    talk.uploads[2]?.move({ name: "done", file: { fileId: "f2" } });
    await until(() => said.length === 2);
    void b.retry();
    await until(() => talk.uploads.length === 5);
    talk.uploads[4]?.move({ name: "done", file: { fileId: "f1" } });
    await until(() => said.length === 3);
    assert.deepEqual(
      said.map(({ body }) => body),
      [{ fileId: "f3", caption: "four" }, { fileId: "f2" }, { fileId: "f1" }],
    );
    assert.equal(uploads.sending(CHAT).length, 0);
    uploads.clear();
  });

  it("what waits for its turn is not sent when it is given up, or when nobody is signed in", async () => {
    const { uploads, talk, said } = open();
    await uploads.stage(CHAT, [picked("a", 5), picked("b", 5), picked("c", 5)]);
    uploads.send(CHAT, {});
    await until(() => talk.uploads.length === 3);
    for (const at of [1, 2]) talk.uploads[at]?.move({ name: "done", file: { fileId: `f${at}` } });
    await until(() => uploads.sending(CHAT).filter(({ awaitsTurn }) => awaitsTurn).length === 2);
    const [, b] = uploads.sending(CHAT);
    assert.ok(b);
    uploads.drop(b);
    uploads.clear();
    await new Promise((resolve) => setImmediate(resolve));
    assert.deepEqual(said, []);
  });

  it("pictures that this browser cannot show are files; names fit; there is an end to how many", async () => {
    const { uploads } = open(null);
    const odd = `${"x".repeat(300)}\u202e/..\\\u0000.png`;
    assert.equal(
      await uploads.stage(CHAT, [picked(odd, 1, "IMAGE/PNG; a=b"), picked("a.svg", 1, "image/svg+xml")]),
      true,
    );
    const [long, drawing] = uploads.staged(CHAT);
    await until(() => long?.kind === "file");
    assert.equal(long?.type, "image/png");
    assert.equal(long?.name.length, 255);
    assert.match(long?.name ?? "", /^x+_*\.*_*\.png$/);
    assert.equal(drawing?.kind, "file");
    assert.equal(drawing?.url, null);
    const many = Array.from({ length: STAGED_MAX }, (_, at) => picked(`${at}`, 1));
    assert.equal(await uploads.stage(CHAT, many), false);
    assert.equal(uploads.staged(CHAT).length, STAGED_MAX);
    uploads.clear();
  });
});
