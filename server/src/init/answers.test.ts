import assert from "node:assert/strict";
import { test } from "node:test";
import { checkAnswers } from "./answers.ts";
import { InitError } from "./init-error.ts";
import { parseInitOptions } from "./options.ts";

const REST = ["--registration", "invite"];

function answersOf(...args: string[]) {
  const options = parseInitOptions([...REST, ...args]);
  assert.ok(options !== null);
  return checkAnswers(options);
}

const BY_NAME = ["--address", "chat.parley-im.org", "--certificate", "acme"];
const IN_LAN = ["--address", "192.168.1.10", "--certificate", "selfsigned"];

for (const [args, pattern] of [
  [["--certificate", "acme"], /--address is missing/],
  [["--address", "https://chat.parley-im.org"], /--address .*without https/],
  [["--address", "chat.parley-im.org:8443"], /--address .*without a port/],
  [["--address", "1.2.3"], /--address/],
  [["--address", "a_b.org"], /--address/],
  [["--address", "0.0.0.0"], /--address/],
  [["--address", "chat.parley-im.org"], /--certificate is acme or selfsigned or proxy: it is missing/],
  [["--address", "chat.parley-im.org", "--certificate", "magic"], /--certificate .*"magic"/],
  [["--address", "192.168.1.10", "--certificate", "acme"], /--certificate acme .*192\.168\.1\.10/],
  [["--address", "fd00::1", "--certificate", "acme"], /--certificate acme/],
  [["--address", "chat", "--certificate", "acme"], /--certificate acme/],
  [["--address", "chat.local", "--certificate", "acme"], /--certificate acme/],
  [["--address", "localhost", "--certificate", "acme"], /--certificate acme/],
  [[...BY_NAME, "--registration", "maybe"], /--registration is open or invite or closed, not "maybe"/],
  [[...IN_LAN, "--acme-email", "a@b.org"], /--acme-email is for --certificate acme/],
  [[...BY_NAME, "--acme-email", "nobody"], /--acme-email/],
  [[...BY_NAME, "--acme-email", "a@b {"], /--acme-email/],
  [[...BY_NAME, "--name", 'a "b"'], /--name/],
  [[...BY_NAME, "--name", "a\nPARLEY_TLS=off"], /--name/],
  [[...BY_NAME, "--folder", "/srv/a:b"], /--folder/],
  [[...BY_NAME, "--calls", "perhaps"], /--calls/],
  [[...BY_NAME, "--calls", "off", "--public-ip", "8.8.8.8"], /--public-ip .*--calls off/],
  [[...BY_NAME, "--calls", "off", "--lan", "10.0.0.0/8"], /--lan .*--calls off/],
  [[...BY_NAME, "--public-ip", "10.0.0.1"], /--public-ip/],
  [[...BY_NAME, "--listen", "eth0"], /--listen eth0/],
  [["--address", "8.8.8.8", "--certificate", "acme", "--public-ip", "8.8.4.4"], /--public-ip 8\.8\.4\.4/],
  [["--address", "localhost", "--certificate", "selfsigned", "--calls", "on"], /--calls on/],
  [[...BY_NAME, "--no-such"], /--no-such/],
] as const) {
  test(`[NODE-11] init refuses, by the option's name: ${args.join(" ")}`, () => {
    assert.throws(
      () => answersOf(...args),
      (error) => error instanceof InitError && pattern.test(error.message),
    );
  });
}

test("[NODE-11] what fits together is taken", () => {
  const named = answersOf(...BY_NAME, "--acme-email", "ann@parley-im.org", "--name", "Our chat");
  assert.deepEqual(
    [named.address.host, named.address.public, named.name, named.calls?.publicIp],
    ["chat.parley-im.org", true, "Our chat", ""],
  );
  const numbered = answersOf("--address", "[2606:4700::5]", "--certificate", "acme");
  assert.deepEqual([numbered.address.kind, numbered.address.urlHost], ["ip", "[2606:4700::5]"]);
  assert.equal(answersOf("--address", "127.0.0.1", "--certificate", "selfsigned").calls, null);
  assert.equal(answersOf(...IN_LAN).address.public, false);
});
