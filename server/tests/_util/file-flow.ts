import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { after, before, describe, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import type { FileBody } from "@parley/protocol";
import { bytesSource, type FilePlace } from "@parley/protocol/client";
import type { Config } from "../../src/config.ts";
import { type App, type AppOptions, app } from "./client-app.ts";
import { CountedHttp } from "./counted-http.ts";
import { startNode, type TestNode } from "./node.ts";
import { turnsUntil, within } from "./patience.ts";

const MIB = 1024 ** 2;
/** Between two looks at what a store holds, which tells nobody. */
const LOOK_MS = 50;
/** What the first bytes of a picture are, which the server looks at. */
const PNG = Buffer.from("89504e470d0a1a0a0000000d49484452", "hex");

export interface FlowStore {
  readonly settings: Partial<Config>;
  /** Where files have to come and go; null: at the node itself. */
  readonly origin: string | null;
}

/** Somebody whose files are counted. */
interface Person extends App {
  readonly http: CountedHttp;
}

/** Files from client to client, with a whole node and a real store in between. */
export function describeFileFlow(name: string, open: () => Promise<FlowStore>): void {
  describe(`files by ${name}`, { concurrency: 1 }, () => {
    let node: TestNode;
    let store: FlowStore;
    const people: Person[] = [];

    before(async () => {
      store = await open();
      node = await startNode(store.settings);
      assert.deepEqual(node.warnings, []);
    });
    after(async () => {
      await Promise.all(people.map(({ client }) => client.stop()));
      await node?.stop();
    });

    async function person(given: AppOptions & { readonly secure?: boolean } = {}): Promise<Person> {
      const http = new CountedHttp();
      const files = { http, ...(given.secure === undefined ? {} : { secure: given.secure }) };
      const made = { ...(await app(node.wsUrl, { ...given, options: { files } })), http };
      people.push(made);
      return made;
    }

    /** A message of `from` with the file, as `to` has it. */
    async function received(
      from: App,
      to: App,
      chatId: string,
      file: { readonly fileId: string },
      kind: "image" | "file",
    ) {
      const arrived = new Promise<{ place: FilePlace; body: FileBody }>((resolve) => {
        to.client.on("messages", ({ messages }) => {
          for (const message of messages) {
            if (message.kind !== kind || message.body.fileId !== file.fileId) continue;
            resolve({ place: { chatId, seq: message.seq }, body: message.body });
          }
        });
      });
      await from.client.send(chatId, { kind, body: file });
      return within(arrived, () => `the message with ${file.fileId}`);
    }

    async function bytesOf(who: App, { place, body }: { place: FilePlace; body: FileBody }): Promise<Buffer> {
      const pieces: Uint8Array[] = [];
      for await (const piece of who.client.files.download(place, body)) pieces.push(piece);
      return Buffer.concat(pieces);
    }

    async function pair() {
      const [ann, ben] = await Promise.all([person(), person()]);
      const { chat } = await ann.client.request("chat.openDirect", { userId: ben.userId });
      return { ann, ben, chatId: chat.chatId };
    }

    /** The leader has deleted it: then also who had a link before gets nothing. */
    async function gone(url: string): Promise<void> {
      const isGone = async () => {
        const answer = await fetch(url);
        const { byteLength } = await answer.arrayBuffer();
        // A store elsewhere answers with nothing for as long as somebody could put it there again.
        if (answer.status === 404 || byteLength === 0) return true;
        assert.equal(answer.status, 200);
        return false;
      };
      await turnsUntil(
        isGone,
        () => "the object to be gone",
        () => pause(LOOK_MS),
      );
    }

    const picture = (length: number) => Buffer.concat([PNG, randomBytes(length - PNG.length)]);

    test("[FILE-1] [FILE-2] a picture goes straight to the store and from there to who was sent it", async () => {
      const { ann, ben, chatId } = await pair();
      const bytes = picture(300_000);
      const file = await ann.client.files.upload(bytesSource(bytes), { chatId, name: "a.png", type: "image/png" }).done;
      const message = await received(ann, ben, chatId, file, "image");
      assert.equal(message.body.sha256, createHash("sha256").update(bytes).digest("hex"));
      assert.ok(bytes.equals(await bytesOf(ben, message)));
      assert.deepEqual([...ann.http.origins], [store.origin ?? node.url]);
      const { url } = await ben.client.files.url(message.place, file.fileId);
      const shown = await fetch(url);
      assert.equal(shown.headers.get("content-type"), "image/png");
      assert.match(shown.headers.get("content-disposition") ?? "", /^inline; filename="a\.png"/);
      assert.ok(bytes.equals(Buffer.from(await shown.arrayBuffer())));
    });

    test("[FILE-1] wrong bytes are refused, what is no picture is deleted, and what was checked stays", async () => {
      const { ann, ben, chatId } = await pair();
      const bytes = picture(50_000);
      const md5 = createHash("md5").update(bytes).digest("hex");
      const sha256 = createHash("sha256").update(bytes).digest("hex");
      const about = { chatId, name: "a.png", type: "image/png", size: bytes.length, sha256, md5 };
      const { fileId, upload } = await ann.client.request("file.begin", about);
      assert.ok(upload !== undefined);
      const put = async (body: Buffer) => {
        const answer = await fetch(new URL(upload.url, node.url), { method: "PUT", headers: upload.headers, body });
        await answer.arrayBuffer();
        return answer.status;
      };
      for (const wrong of [picture(50_000), bytes.subarray(1), Buffer.concat([bytes, bytes])]) {
        assert.ok((await put(wrong)) >= 400);
        await assert.rejects(ann.client.request("file.complete", { fileId }), { name: "FILE_NOT_UPLOADED" });
      }
      assert.equal(await put(bytes), 200);
      await ann.client.request("file.complete", { fileId });
      const message = await received(ann, ben, chatId, { fileId }, "image");
      await put(picture(50_000));
      assert.ok(bytes.equals(await bytesOf(ben, message)));

      const page = Buffer.from("<script>alert(1)</script>");
      const lie = ann.client.files.upload(bytesSource(page), { chatId, name: "b.png", type: "image/png" });
      await assert.rejects(lie.done, { name: "FILE_TYPE_WRONG" });
    });

    test("[FILE-3] cut between its parts, a large file is taken up by the next process, which sends only the rest", async () => {
      const { ann, ben, chatId } = await pair();
      const bytes = randomBytes(28 * MIB);
      const about = { chatId, name: "a.bin", type: "application/octet-stream" };
      ann.http.putsLeft = 2;
      const upload = ann.client.files.upload(bytesSource(bytes), about);
      upload.done.catch(() => {});
      const cut = new Promise<void>((resolve) => {
        upload.on(({ name }) => {
          if (name === "waiting" && ann.http.sentBytes >= 16 * MIB) resolve();
        });
      });
      await within(cut, () => `the upload to wait; ${ann.http.sentBytes} bytes are sent`);
      await ann.client.stop();
      const later = await person({ storage: ann.storage, register: false });
      const file = await later.client.files.upload(bytesSource(bytes), about).done;
      assert.equal(ann.http.sentBytes + later.http.sentBytes, bytes.length);
      const message = await received(later, ben, chatId, file, "file");
      // Read with one cut: it goes on where it was.
      ben.http.readLeft = 11 * MIB;
      assert.ok(bytes.equals(await bytesOf(ben, message)));
      assert.equal(ben.http.readBytes, bytes.length);
    });

    test("[FILE-4] nobody else reads it: strangers, who has left, and after it was retracted nobody at all", async () => {
      const { ann, ben, chatId } = await pair();
      const stranger = await person();
      const bytes = randomBytes(1_000);
      const file = await ann.client.files.upload(bytesSource(bytes), { chatId, name: "a.txt", type: "text/plain" })
        .done;
      const message = await received(ann, ben, chatId, file, "file");
      await assert.rejects(stranger.client.files.url(message.place, file.fileId));
      const { chat: own } = await stranger.client.request("chat.openDirect", { userId: ann.userId });
      await assert.rejects(stranger.client.files.url({ ...message.place, chatId: own.chatId }, file.fileId));
      const { url } = await ben.client.files.url(message.place, file.fileId);
      const shown = await fetch(url);
      assert.match(shown.headers.get("content-disposition") ?? "", /^attachment; /);
      await shown.arrayBuffer();
      await ann.client.request("message.retract", { chatId, seq: message.place.seq });
      await assert.rejects(ben.client.files.url(message.place, file.fileId));
      await gone(url);
    });

    test("[FILE-1] without TLS the store sees sealed bytes, and any stretch of them opens", async () => {
      const [ann, ben] = await Promise.all([person({ secure: false }), person({ secure: false })]);
      const { chat } = await ann.client.request("chat.openDirect", { userId: ben.userId });
      const { chatId } = chat;
      const bytes = randomBytes(20 * MIB);
      const file = await ann.client.files.upload(bytesSource(bytes), { chatId, name: "a.bin", type: "image/png" }).done;
      const message = await received(ann, ben, chatId, file, "file");
      assert.notEqual(message.body.sealed, undefined);
      assert.ok(bytes.equals(await bytesOf(ben, message)));
      const [from, to] = [9 * MIB - 5, 11 * MIB + 7];
      const pieces: Uint8Array[] = [];
      for await (const piece of ben.client.files.read(message.place, message.body, { from, to })) pieces.push(piece);
      assert.ok(bytes.subarray(from, to).equals(Buffer.concat(pieces)));
      const { url } = await ben.client.files.url(message.place, file.fileId);
      const stored = Buffer.from(await (await fetch(url)).arrayBuffer());
      assert.ok(stored.length > bytes.length);
      assert.equal(stored.indexOf(bytes.subarray(1_000, 1_032)), -1);
    });
  });
}
