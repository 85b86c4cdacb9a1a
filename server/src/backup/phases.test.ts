import assert from "node:assert/strict";
import { test } from "node:test";
import * as keys from "../store/keys.ts";
import { logOfClaims, type Phase, phaseOf } from "./phases.ts";

const EXPECTED: readonly (readonly [key: string, phase: Phase | null])[] = [
  [keys.chatLog("c1"), "logs"],
  [keys.userKey("u1"), "records"],
  [keys.fileKey("f1"), "records"],
  [keys.chatKey("c1"), "records"],
  [keys.callKey("x"), "records"],
  [keys.pairKey("a", "b"), "records"],
  [keys.directChat("a", "b"), "records"],
  [keys.dedupeBucket("c1", "01890a5d-ac96-774b-bcce-b302099a8057").key, "before"],
  [keys.intentsOf("x"), "before"],
  [keys.DUE, "before"],
  [keys.blobKey("h"), "before"],
  [keys.handleKey("ann"), "derived"],
  [keys.sessionKey("s"), "derived"],
  [keys.chatMembers("c1"), "derived"],
  [keys.userChats("u1"), "derived"],
  [keys.chatOverlay("c1"), "derived"],
  [keys.userInbox("u1", "202601"), "derived"],
  [keys.fileRefs("f1"), "derived"],
  [keys.filePartsKey("f1"), "derived"],
  [keys.callKept("x"), "derived"],
  [keys.EPOCHS, "derived"],
  [keys.SCHEMA, "derived"],
  [keys.OWNER, "derived"],
  [keys.OWNER_CODE, "derived"],
  [keys.TICKETS, "derived"],
  [keys.IDENTITY, null],
  [keys.NODES, null],
  [keys.onlineKey("u1"), null],
  [keys.leadKey("due", 1), null],
  [keys.userTurn("u1"), null],
  [keys.chatTurn("c1"), null],
  [keys.handleRelease("ann"), null],
  [keys.emailRelease("a@b"), null],
  [keys.OWNER_RELEASE, null],
  [keys.BACKUP, null],
  [keys.BACKUP_DEEDS, null],
  [keys.RESTORING, null],
];

test("each kind of key is read in its phase", () => {
  for (const [key, phase] of EXPECTED) assert.equal(phaseOf(key), phase, key);
});

test("claims name the log that they are about", () => {
  assert.equal(logOfClaims("c:{c1}:d:19000"), keys.chatLog("c1"));
  assert.equal(logOfClaims("c:{c1}:d:0"), keys.chatLog("c1"));
  assert.equal(logOfClaims(keys.chatMembers("c1")), null);
});
