import assert from "node:assert/strict";
import { PassThrough, Writable } from "node:stream";
import { test } from "node:test";
import { InitError } from "./init-error.ts";
import { parseInitOptions } from "./options.ts";
import { askMissing } from "./questions.ts";

/** Somebody who answers each question with the next of these lines, and then leaves. */
function answering(...lines: string[]) {
  const input = new PassThrough();
  const said: string[] = [];
  const output = new Writable({
    write(chunk: Buffer, _encoding, done) {
      const text = chunk.toString();
      said.push(text);
      if (text.endsWith("> ")) {
        const line = lines.shift();
        if (line === undefined) input.end();
        else input.write(`${line}\n`);
      }
      done();
    },
  });
  return { input, output, said: () => said.join("") };
}

function optionsOf(...args: string[]) {
  const options = parseInitOptions(args);
  assert.ok(options !== null);
  return options;
}

test("[NODE-11] three questions; what is wrong is said and asked again; an empty line is the default", async () => {
  const person = answering("http://me", "chat.parley-im.org", "", "everybody", "open");
  const { address, certificate, registration } = await askMissing(optionsOf(), person);
  assert.deepEqual([address, certificate, registration], ["chat.parley-im.org", "acme", "open"]);
  assert.match(person.said(), /--address .*without https/);
  assert.match(person.said(), /--registration is open or invite or closed, not "everybody"/);
});

test("[NODE-11] only what is missing is asked for, and the default fits the address", async () => {
  const person = answering("");
  const options = optionsOf("--address", "192.168.1.10", "--registration", "closed");
  const { certificate, registration } = await askMissing(options, person);
  assert.deepEqual([certificate, registration], ["selfsigned", "closed"]);
  assert.equal(person.said().split("> ").length, 2);
  const silent = answering();
  const all = optionsOf("--address", "10.0.0.1", "--certificate", "proxy", "--registration", "open");
  assert.equal(await askMissing(all, silent), all);
  assert.equal(silent.said(), "");
});

test("[NODE-11] who leaves, or never answers rightly, has prepared nothing", async () => {
  const named = (error: unknown) => error instanceof InitError && /--address/.test(error.message);
  await assert.rejects(askMissing(optionsOf(), answering()), named);
  await assert.rejects(askMissing(optionsOf(), answering("/", "/", "/", "/", "/", "good.parley-im.org")), named);
  await assert.rejects(askMissing(optionsOf("--address", "a/b"), answering("acme")), named);
});
