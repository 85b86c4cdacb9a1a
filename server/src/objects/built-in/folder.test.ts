import assert from "node:assert/strict";
import { access, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, beforeEach, test } from "node:test";
import { BEGUN, ObjectFolder, randomName, writeSealed } from "./folder.ts";

const made: string[] = [];
let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "parley-objects-"));
  made.push(root);
});
after(() => Promise.all(made.map((path) => rm(path, { recursive: true }))));

const share = (number: number, first = false) => ({ number, of: 2, first });
const isThere = (path: string) =>
  access(path).then(
    () => true,
    () => false,
  );

/** As a life that ended now would leave it: an upload that was being joined, and a body that was being received. */
async function leaveHalfDone(folder: ObjectFolder) {
  const uploadId = randomName();
  await mkdir(folder.joiningPath(uploadId));
  await writeSealed(join(folder.joiningPath(uploadId), BEGUN), {
    key: "k",
    type: "t",
    etag: "",
    size: 0,
    modifiedAt: 1,
  });
  const { file, path } = await folder.create();
  await file.close();
  return { uploadId, path };
}

test("[FILE-1] of processes that serve one folder, one that starts again tidies up after itself and nobody else", async () => {
  const one = await ObjectFolder.open(root, share(1, true));
  const two = await ObjectFolder.open(root, share(2));
  const [left, underWay] = [await leaveHalfDone(one), await leaveHalfDone(two)];
  await ObjectFolder.open(root, share(1));
  assert.deepEqual([await isThere(left.path), await isThere(underWay.path)], [false, true]);
  assert.equal(await isThere(one.uploadPath(left.uploadId)), true);
  assert.equal(await isThere(two.joiningPath(underWay.uploadId)), true);
  assert.ok(one.placesOfParts(underWay.uploadId).includes(two.joiningPath(underWay.uploadId)));
});

test("[FILE-1] the first one tidies up after all, however many there were, and so does one that is alone", async () => {
  for (const next of [share(1, true), null]) {
    const [alone, four] = [await ObjectFolder.open(root), await ObjectFolder.open(root, { ...share(4), of: 4 })];
    const left = [await leaveHalfDone(alone), await leaveHalfDone(four)];
    await writeFile(join(root, "trash.4", "x"), "");
    const folder = await ObjectFolder.open(root, next);
    for (const { uploadId, path } of left) {
      assert.equal(await isThere(path), false);
      assert.equal(await isThere(folder.uploadPath(uploadId)), true);
    }
    assert.equal(await isThere(join(root, "trash.4", "x")), false);
  }
});

test("[FILE-1] who reads beside several processes looks for parts where each of them joins", async () => {
  await ObjectFolder.open(root, share(1, true));
  const two = await ObjectFolder.open(root, share(2));
  const uploadId = randomName();
  const beside = await ObjectFolder.beside(root);
  assert.ok(beside.placesOfParts(uploadId).includes(two.joiningPath(uploadId)));
});
