import assert from "node:assert/strict";
import { test } from "node:test";
import { encodeRequest } from "./frame.ts";

test("half of a surrogate pair is sent as the replacement character, and everything else as it is", () => {
  const sent = (text: string) => JSON.parse(encodeRequest(1, "message.send", { text })).params.text;
  const cut = "thumbs up 👍".slice(0, -1);
  assert.equal(sent(cut), "thumbs up \ufffd");
  assert.equal(sent("\ud800\ud800x\udfff"), "\ufffd\ufffdx\ufffd");
  for (const text of ["👍", "\\ud800", "\\\\ud800", '"\\u0000\n', "\u0000\u001f\ue000"]) assert.equal(sent(text), text);
});
