import assert from "node:assert/strict";
import { test } from "node:test";
import { ConfigError, createConfig } from "../config.ts";
import { Letters } from "./letters.ts";
import { parseSmtpAddress } from "./mail-address.ts";

test("[ACC-2] an address of a mail server: user, password, port and sender", () => {
  assert.deepEqual(parseSmtpAddress("smtp://me%40x.example:p%2Fw@mail.example:2525?from=chat@x.example"), {
    host: "mail.example",
    port: 2525,
    tls: false,
    requireTls: true,
    auth: { user: "me@x.example", pass: "p/w" },
    from: "chat@x.example",
  });
  const plain = parseSmtpAddress("smtp://mail.example");
  assert.deepEqual(
    [plain?.port, plain?.auth, plain?.requireTls, plain?.from],
    [587, null, false, "parley@mail.example"],
  );
  assert.deepEqual(
    ["smtps://a:b@mail.example", "smtp://a:b@127.0.0.1:25", "smtp://a:b@mail.example?starttls=optional"].map((text) => {
      const { port, tls, requireTls } = parseSmtpAddress(text) ?? assert.fail(text);
      return [port, tls, requireTls];
    }),
    [
      [465, true, false],
      [25, false, false],
      [587, false, false],
    ],
  );
  for (const wrong of ["mail.example", "http://mail.example", "smtp://", "smtp://m.example?from=a%0d%0ab"]) {
    assert.equal(parseSmtpAddress(wrong), null, wrong);
  }
});

test("[ACC-1] a required address needs a mail server, and a wrong mail server is told at the start", () => {
  assert.throws(() => createConfig({ email: "required" }), ConfigError);
  assert.throws(() => createConfig({ mail: "mail.example" }), ConfigError);
  assert.equal(createConfig({ email: "required", mail: "outbox" }).email, "required");
});

test("[ACC-2] a server's name cannot begin another header", () => {
  const { subject } = new Letters("Chat\r\nBcc: all@x.example").code("signIn", "a@x.example", "123456", 10);
  assert.doesNotMatch(subject, /[\r\n]/);
});
