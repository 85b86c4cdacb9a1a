import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import type { Encapsulated } from "../src/secure/crypto.ts";
import { nodeCrypto } from "../src/secure/crypto-node.ts";
import { chooseRsa, pureCrypto, type WorkerLike, webRandom } from "../src/secure/crypto-pure.ts";
import { webCrypto } from "../src/secure/crypto-web.ts";
import type { RsaAnswer, RsaJob } from "../src/secure/rsa-job.ts";
import { carry, client, connect, failure, isOpen, random, server, serverSettings, texts } from "./channel-rig.ts";
import { PROVIDERS } from "./providers.ts";
import { pureServer } from "./pure-server.ts";

const bytes = (text: string) => new TextEncoder().encode(text);
const SERVERS = { node: nodeCrypto, pure: pureServer };

/** Waits, turn by turn, until the crypto that answers with promises has got so far. */
async function until(done: () => boolean): Promise<void> {
  for (let turn = 0; !done(); turn++) {
    assert.ok(turn < 10_000, "it never happens");
    await new Promise((resolve) => setImmediate(resolve));
  }
}

for (const { name, crypto } of PROVIDERS) {
  for (const [serverName, serverCrypto] of Object.entries(SERVERS)) {
    for (const kem of ["rsa2048", "x25519"] as const) {
      // forge differs in RSA alone, and takes seconds to make a key.
      if (name === "pure with forge" && (kem !== "rsa2048" || serverName !== "node")) continue;
      test(`[H5] ${name} client and ${serverName} server understand each other over ${kem}, in order`, async () => {
        const rekey = { records: 5, bytes: 2 ** 30, ms: 3_600_000 };
        const left = await client({ crypto, share: await crypto.generateShare(kem), rekey });
        const right = server(serverSettings({ crypto: serverCrypto, rekey }));
        await connect(left, right);
        await until(() => left.frames.length > 0 || isOpen(right));
        carry(left, right);
        assert.equal(failure(left) ?? failure(right), undefined);
        right.channel.signedIn();
        const sent = Array.from({ length: 12 }, (_, i) => `${i}:${"x".repeat(i === 7 ? 70_000 : i)}`);
        for (const text of sent) {
          assert.equal(left.channel.sendText(text, 64), true);
          right.channel.sendLines([bytes(text)]);
        }
        await until(() => {
          carry(left, right);
          return texts(left).length === sent.length && texts(right).length === sent.length;
        });
        assert.deepEqual(texts(right), sent);
        assert.deepEqual(texts(left), sent);

        left.channel.sendText("goodbye");
        left.channel.close("normal", "done");
        await left.when("closed");
        carry(left, right);
        assert.equal(texts(right).at(-1), "goodbye");
        assert.deepEqual(right.events.at(-1), { type: "closing", code: 1000, reason: "done" });
      });
    }
  }

  test(`[R3] ${name}: a flipped record ends the connection, once`, async () => {
    const left = await client({ crypto });
    const right = server(serverSettings());
    await connect(left, right);
    await left.when("open");
    right.channel.sendLines([bytes("one")]);
    right.channel.sendLines([bytes("two")]);
    const [one, two] = right.frames.splice(0) as [Uint8Array, Uint8Array];
    one[20] = (one[20] as number) ^ 1;
    left.channel.receive(one);
    left.channel.receive(two);
    await left.when("failed");
    assert.equal(failure(left), "decrypt_failed");
    assert.equal(left.events.filter((event) => event.type === "failed").length, 1);
    assert.deepEqual(texts(left), []);
  });

  test(`[H6] ${name}: nothing but what was encrypted to the key decrypts`, async () => {
    const share = await crypto.generateShare("rsa2048");
    const { ciphertext, secret } = startingWithZero(share.publicBytes);
    assert.deepEqual(Buffer.from(await share.decapsulate(ciphertext)), Buffer.from(secret));
    const wrong = [
      ciphertext.slice(1),
      new Uint8Array([0, ...ciphertext]),
      new Uint8Array([...ciphertext, 0]),
      new Uint8Array(256),
      share.publicBytes,
    ];
    for (const other of [...wrong, ...[3, 99, 2000].map((bit) => flip(ciphertext, bit))]) {
      await assert.rejects(async () => share.decapsulate(other));
    }
    share.erase();
    await assert.rejects(async () => share.decapsulate(ciphertext));
  });

  test(`[I1] ${name}: Ed25519 accepts what is signed and refuses the rest without throwing`, async () => {
    const key = nodeCrypto.signingKey(random.bytes(32));
    const message = random.bytes(100);
    const signature = key.sign(message);
    assert.equal(await crypto.verify(key.publicKey, message, signature), true);
    assert.equal(await crypto.verify(key.publicKey, message, flip(signature, 100)), false);
    assert.equal(await crypto.verify(key.publicKey, message.subarray(1), signature), false);
    assert.equal(await crypto.verify(key.publicKey, message, signature.subarray(1)), false);
    assert.equal(await crypto.verify(key.publicKey.subarray(1), message, signature), false);
    assert.equal(await crypto.verify(new Uint8Array(32).fill(255), message, signature), false);
  });
}

test("[L1] a client that is asked for more than it can seal says no, and still ends in order", async () => {
  const crypto = webCrypto({ random: webRandom });
  const left = await client({ crypto });
  const right = server(serverSettings());
  await connect(left, right);
  await until(() => {
    carry(left, right);
    return isOpen(right);
  });
  right.channel.signedIn();
  const megabyte = "x".repeat(1024 * 1024);
  const taken = Array.from({ length: 8 }, () => left.channel.sendText(megabyte));
  assert.deepEqual(taken, [true, true, true, true, false, false, false, false]);
  left.channel.ping();
  left.channel.close("normal");
  assert.equal(left.channel.sendText("late"), false);
  await left.when("closed");
  carry(left, right);
  assert.deepEqual(right.events.at(-1), { type: "closing", code: 1000, reason: "" });
});

test("[H5] the web provider works where WebCrypto knows neither Ed25519 nor X25519", async () => {
  const { subtle } = globalThis.crypto;
  const old = new Proxy(subtle, {
    get: (target, property: keyof SubtleCrypto) => {
      const method = target[property] as (...args: unknown[]) => unknown;
      return (...args: unknown[]) => {
        if (args.some((arg) => arg === "Ed25519" || arg === "X25519")) {
          return Promise.reject(new DOMException("unknown", "NotSupportedError"));
        }
        return method.apply(target, args);
      };
    },
  });
  const crypto = webCrypto({ random: webRandom, subtle: old });
  const left = await client({ crypto, share: await crypto.generateShare("x25519") });
  await connect(left, server(serverSettings()));
  await left.when("open");
});

const threads: Worker[] = [];
after(() => Promise.all(threads.map((thread) => thread.terminate())));

/** A browser's `Worker` on a thread of Node. */
function threadWorker(): WorkerLike {
  const thread = new Worker(new URL("./rsa-thread.js", import.meta.url));
  threads.push(thread);
  const worker: WorkerLike = {
    postMessage: (job: RsaJob) => thread.postMessage(job),
    onmessage: null,
    onerror: null,
    terminate: () => void thread.terminate(),
  };
  thread.on("message", (data: RsaAnswer) => worker.onmessage?.({ data }));
  thread.on("error", (error) => worker.onerror?.(error));
  return worker;
}

test("[H5] RSA in a worker passes its self-test and serves a handshake", async () => {
  const crypto = pureCrypto({ random: webRandom, rsa: chooseRsa({ createWorker: threadWorker, random: webRandom }) });
  const left = await client({ crypto, share: await crypto.generateShare("rsa2048") });
  await connect(left, server(serverSettings()));
  await left.when("open");
});

test("[H5] without a worker, or with one that miscounts or breaks, node-forge takes over", async () => {
  const broken: Record<string, () => WorkerLike> = {
    "no workers": () => {
      throw new Error("there are none");
    },
    "a wrong answer": () => {
      const worker: WorkerLike = {
        postMessage: ({ id }) => queueMicrotask(() => worker.onmessage?.({ data: { id, ok: false } })),
        onmessage: null,
        onerror: null,
        terminate() {},
      };
      return worker;
    },
    "an error": () => {
      const worker: WorkerLike = {
        postMessage: () => queueMicrotask(() => worker.onerror?.("broken")),
        onmessage: null,
        onerror: null,
        terminate() {},
      };
      return worker;
    },
  };
  for (const [name, createWorker] of Object.entries(broken)) {
    const key = await chooseRsa({ createWorker, random: webRandom }).generate(2048);
    const { ciphertext, secret } = nodeCrypto.encapsulate("rsa2048", key.modulus, random);
    assert.deepEqual(Buffer.from(await key.decrypt(ciphertext)), Buffer.from(secret), name);
  }
});

/** One in 256 is so: the same number without its first byte, which some libraries would decrypt. */
function startingWithZero(share: Uint8Array): Encapsulated {
  for (;;) {
    const made = nodeCrypto.encapsulate("rsa2048", share, random);
    if (made.ciphertext[0] === 0) return made;
  }
}

function flip(source: Uint8Array, bit: number): Uint8Array {
  const copy = new Uint8Array(source);
  copy[bit >> 3] = (copy[bit >> 3] as number) ^ (1 << (bit & 7));
  return copy;
}

test("node: however many keys are made, none waits for ever for the collector", () => {
  const program = fileURLToPath(new URL("./many-shares-process.js", import.meta.url));
  // It is another process that waits, so that this one can say so.
  const { status, signal } = spawnSync(process.execPath, ["--max-semi-space-size=1", program], { timeout: 60_000 });
  assert.deepEqual({ status, signal }, { status: 0, signal: null });
});
