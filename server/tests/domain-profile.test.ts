import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { limits } from "@parley/protocol";
import { blobKey } from "../src/store/keys.ts";
import type { DomainPeer } from "./_util/domain-peer.ts";
import { onEachStore } from "./_util/domain-stores.ts";
import { canvas, chunk, pixel, riff, webp } from "./_util/pictures.ts";
import { refused } from "./_util/refusal.ts";

onEachStore((store) => {
  const people = async (...handles: string[]) => {
    const node = await store.node();
    return Promise.all(handles.map((handle) => node.connect().register(handle)));
  };
  const setAvatar = (peer: DomainPeer, bytes: Buffer) =>
    peer.call("account.setAvatar", { avatar: bytes.toString("base64url") });

  test("[DIR-3] an avatar is stored under the hash of its bytes, fetched by it on every node, and taken away", async () => {
    const [ann, bob] = await people("dir3.ann", "dir3.bob");
    assert.ok(ann && bob);
    const there = await store.node();
    const phone = there.connect();
    await phone.signInAs("dir3.ann");
    await there.services.hub.ready(phone);
    const { avatar } = await setAvatar(ann, pixel());
    assert.equal(avatar, createHash("sha256").update(pixel()).digest("hex"));
    await phone.event("inbox.new", ({ notice }) => notice.kind === "account");
    assert.equal((await phone.call("account.get", {})).avatar, avatar);
    const [card] = (await bob.call("user.get", { userIds: [ann.userId] })).users;
    assert.equal(card?.avatar, avatar);
    const blob = await there.connect().register("dir3.carl");
    assert.deepEqual(await blob.call("blob.get", { hash: avatar ?? "" }), {
      type: "image/webp",
      data: pixel().toString("base64url"),
    });
    assert.deepEqual(await ann.call("account.setAvatar", { avatar: null }), { avatar: null });
    assert.equal((await bob.call("user.get", { userIds: [ann.userId] })).users[0]?.avatar, null);
    await refused(bob.call("blob.get", { hash: "0".repeat(64) }), "NOT_FOUND");
    await refused(there.connect().call("blob.get", { hash: avatar ?? "" }), "NOT_SIGNED_IN");
  });

  test("[DIR-3] only one still WebP picture without a camera's notes, of at most 64 KiB and 1024 x 1024, is an avatar", async () => {
    const [ann] = await people("dir3b.ann");
    assert.ok(ann);
    const picture = webp(4, 4).subarray(12);
    const good = [webp(1024, 1024), webp(1, 1, { bytes: limits.AVATAR_MAX_BYTES }), riff(canvas(4, 4), picture)];
    for (const bytes of good) await setAvatar(ann, bytes);
    const cut = webp(4, 4);
    cut.writeUInt32LE(cut.length, 4);
    const bad: Readonly<Record<string, Buffer>> = {
      "no picture": Buffer.from("GIF89a and so on, long enough"),
      "a header alone": riff(),
      "a canvas without a picture": riff(canvas(4, 4)),
      "wider than allowed": webp(1025, 4),
      "higher than allowed": webp(4, 1025),
      "a canvas of another size": riff(canvas(5, 4), picture),
      "two pictures": riff(canvas(4, 4), picture, picture),
      "an animation": riff(canvas(4, 4, 0x02), picture),
      "frames of an animation": riff(canvas(4, 4), chunk("ANMF", Buffer.alloc(20)), picture),
      "where it was taken": riff(canvas(4, 4), picture, chunk("EXIF", Buffer.alloc(20))),
      "something after its end": Buffer.concat([webp(4, 4), Buffer.from("more")]),
      "a length that is not its own": cut,
      "a chunk that ends beyond the end": riff(webp(4, 4).subarray(12, 40)),
      "a lossy picture without its start code": riff(chunk("VP8 ", Buffer.alloc(20))),
      "an empty lossy picture": riff(chunk("VP8 ", Buffer.from("0000009d012a00000000", "hex"))),
    };
    for (const [what, bytes] of Object.entries(bad)) {
      await refused(setAvatar(ann, bytes), "AVATAR_INVALID").catch((error: Error) => assert.fail(`${what}: ${error}`));
    }
    await refused(setAvatar(ann, webp(4, 4, { bytes: limits.AVATAR_MAX_BYTES + 2 })), "AVATAR_INVALID");
    await refused(ann.call("account.setAvatar", { avatar: `${pixel().toString("base64url")}A` }), "AVATAR_INVALID");
    const hash = createHash("sha256").update(webp(1025, 4)).digest("hex");
    assert.equal(await (await store.node()).store.exists(blobKey(hash)), false);
  });

  test("[NET-7] one person does not fill the store with pictures", async () => {
    const [ann] = await people("net7b.ann");
    assert.ok(ann);
    let stored = 0;
    const storeAll = async () => {
      for (; stored < 200; stored += 1) await setAvatar(ann, webp(4, 4, { seed: stored, bytes: 64 + 2 * stored }));
    };
    await refused(storeAll(), "RATE_LIMITED");
    assert.ok(stored >= 20 && stored < 200, `${stored} pictures`);
    await setAvatar(ann, webp(4, 4));
  });

  test("[DIR-3] a profile is seen changed by who opens it, and holds nothing that hides or turns", async () => {
    const [ann, bob] = await people("dir3c.ann", "dir3c.bob");
    assert.ok(ann && bob);
    await ann.call("account.setProfile", {
      displayName: "  Ann \u202eevil\u202c\u200b \u0007 Ärmel 👩‍💻 ",
      about: "one\r\n\n\n\ntwo\u2066\t ",
      pronouns: " she\n/her ",
    });
    const { profile } = await bob.call("user.profile", { userId: ann.userId });
    assert.equal(profile.user.displayName, "Ann evil Ärmel 👩‍💻");
    assert.deepEqual([profile.about, profile.pronouns], ["one\n\ntwo", "she /her"]);
    await ann.call("account.setProfile", { about: "" });
    const later = (await bob.call("user.profile", { userId: ann.userId })).profile;
    assert.deepEqual([later.about, later.pronouns, later.user.displayName], ["", "she /her", "Ann evil Ärmel 👩‍💻"]);
    for (const displayName of [" ", "\u200b", "\u202e\u202c", "\u200d\u200d", "\ufe0f", "\u2800", "\u3164"]) {
      await refused(ann.call("account.setProfile", { displayName }), "INVALID_PARAMS");
    }
    await refused(bob.call("user.profile", { userId: "a".repeat(26) }), "NOT_FOUND");
  });
});
