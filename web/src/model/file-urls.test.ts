import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ReplyError } from "@parley/protocol";
import { FileUrls } from "./file-urls.ts";
import { CHAT, LogTalk } from "./test-talk.ts";
import { until } from "./test-until.ts";

const wanted = (seq: number) => ({
  place: { chatId: CHAT, seq },
  file: { kind: "image" as const, fileId: `f${seq}`, type: "image/png" },
});

const CLOCK = { now: () => 0, monotonic: () => 0, after: () => () => {} };

describe("[FILE-4] where files are read", () => {
  it("an address is asked for once, and again before it ends", async () => {
    const talk = new LogTalk();
    let now = 0;
    talk.urlsExpireAt = 300_000;
    const urls = new FileUrls({ talk, clock: { ...CLOCK, now: () => now } });
    urls.want(wanted(1));
    urls.want(wanted(1));
    await until(() => urls.url(wanted(1)) !== undefined);
    urls.want(wanted(1));
    assert.deepEqual(talk.done, ["url 1"]);
    const before = urls.url(wanted(1));
    now = 290_000;
    urls.want(wanted(1));
    await until(() => urls.url(wanted(1)) !== before);
    assert.deepEqual(talk.done, ["url 1", "url 1"]);
  });

  it("an address that does not do is replaced, but not for ever", async () => {
    const talk = new LogTalk();
    const urls = new FileUrls({ talk, clock: CLOCK });
    urls.want(wanted(1));
    await until(() => urls.url(wanted(1)) !== undefined);
    assert.equal(urls.renew(wanted(1)), true);
    await until(() => urls.url(wanted(1)) !== undefined);
    assert.equal(urls.renew(wanted(1)), false);
    assert.deepEqual(talk.done, ["url 1", "url 1"]);
  });

  it("of very many, those asked for the longest ago are forgotten", async () => {
    const talk = new LogTalk();
    const urls = new FileUrls({ talk, clock: CLOCK });
    for (let seq = 1; seq <= 3_005; seq += 1) urls.want(wanted(seq));
    await until(() => talk.done.length === 3_005);
    await until(() => urls.url(wanted(5)) !== undefined);
    const kept = Array.from({ length: 3_005 }, (_, at) => urls.url(wanted(at + 1))).filter((url) => url !== undefined);
    assert.equal(kept.length, 3_000);
  });

  it("[FILE-5] a file that is not kept any more is known for one, and is not asked for again", async () => {
    const talk = new LogTalk();
    let asked = 0;
    const url = () => {
      asked += 1;
      return Promise.reject(new ReplyError("FILE_EXPIRED"));
    };
    const urls = new FileUrls({ talk: Object.assign(talk, { files: { ...talk.files, url } }), clock: CLOCK });
    urls.want(wanted(1));
    await until(() => urls.isExpired(wanted(1)));
    urls.askAgain();
    assert.equal(urls.isExpired(wanted(1)), true);
    urls.want(wanted(1));
    assert.equal(asked, 1);
    assert.equal(urls.isExpired(wanted(2)), false);
  });

  it("a refusal is told, and asked again after a reconnect", async () => {
    const talk = new LogTalk();
    let refuse = true;
    const { url } = talk.files;
    const files = {
      ...talk.files,
      url: (...asked: Parameters<typeof url>) => (refuse ? Promise.reject(new Error("gone")) : url(...asked)),
    };
    const urls = new FileUrls({ talk: Object.assign(talk, { files }), clock: CLOCK });
    urls.want(wanted(1));
    await until(() => urls.hasFailed(wanted(1)));
    refuse = false;
    urls.askAgain();
    assert.equal(urls.hasFailed(wanted(1)), false);
    urls.want(wanted(1));
    await until(() => urls.url(wanted(1)) !== undefined);
  });
});
