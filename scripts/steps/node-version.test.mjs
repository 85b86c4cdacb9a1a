import assert from "node:assert/strict";
import { test } from "node:test";
import { nodeVersionProblem } from "./node-version.mjs";

test("Node 20.19 and later will do", () => {
  for (const version of ["20.19.0", "20.20.2", "22.0.0", "24.1.0"]) {
    assert.equal(nodeVersionProblem(version), undefined, version);
  }
});

test("an older Node is told by its number and what to do", () => {
  for (const version of ["20.18.3", "18.20.0", "16.0.0"]) {
    assert.match(nodeVersionProblem(version), new RegExp(`20\\.19 or later; this is ${version}.*https://nodejs.org`));
  }
});
