import assert from "node:assert/strict";
import { test } from "node:test";
import { ReplyError } from "@parley/protocol";
import { checkPassword } from "./password.ts";

const weak = (password: string, handle = "someone") =>
  assert.throws(
    () => checkPassword(password, handle),
    (error) => error instanceof ReplyError && error.name === "PASSWORD_WEAK",
    JSON.stringify(password),
  );

test("[ACC-1] passwords that everybody tries are refused, also dressed up", () => {
  const common = ["password", "Password1", "P@ssw0rd", "passw0rd!", "12345678", "123456789", "87654321", "11111111"];
  const runs = ["qwertyuiop", "qwerty123", "asdf1234", "1q2w3e4r", "1qaz2wsx", "abcd1234", "abc123abc", "qwerty12345"];
  const words = [
    "iloveyou",
    "sunshine1",
    "letmein123",
    "Welcome2024",
    "football",
    "dragon123!",
    "trustno1",
    "привет123",
  ];
  for (const password of [...common, ...runs, ...words, "abababab", "        "]) weak(password);
  weak("bobby-2024", "bobby");
  weak(`qwertyuiop${"x".repeat(200)}asdf1234`);
});

test("[ACC-1] passwords are 8 to 256 characters, whatever the script", () => {
  weak("kX9!vqa");
  weak("v4".repeat(129));
  for (const password of [
    "kX9!vqaz",
    "correct pony cell staple",
    "v4Tq".repeat(4) + "x".repeat(240),
    "мухомор под сосной",
    "pencil-IV",
  ]) {
    checkPassword(password, "someone");
  }
});
