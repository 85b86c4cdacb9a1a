import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { CodePurpose } from "@parley/protocol";
import type { AccountRules } from "../src/domain/accounts/rules.ts";
import { createLog } from "../src/log.ts";
import { openMail } from "../src/mail/open-mail.ts";
import { codeKey, emailKey, userKey } from "../src/store/keys.ts";
import type { Kv } from "../src/store/kv.ts";
import type { DomainNode } from "./_util/domain-node.ts";
import { startDomain } from "./_util/domain-node.ts";
import { removeTemporaryFolders, temporaryFolder } from "./_util/folder.ts";
import { MailServer } from "./_util/mail-server.ts";
import { MovingClock } from "./_util/moving-clock.ts";
import { passTime } from "./_util/passing-time.ts";
import { turnsUntil } from "./_util/patience.ts";
import { startRedis } from "./_util/redis.ts";
import { refused } from "./_util/refusal.ts";

const PASSWORD = "k7-quiet-harbour";
const NEW_PASSWORD = "m3-louder-harbour";
const device = { name: "test" };
const MINUTE_MS = 60_000;

/** A node that hands its mail to a real SMTP server. */
async function mailing(
  mails: MailServer,
  rules: Partial<AccountRules> = {},
  location?: string,
  wrapStore: (kv: Kv) => Kv = (kv) => kv,
) {
  const clock = new MovingClock();
  const mail = await openMail(mails.url, { clock, log: createLog("silent"), logLevel: "silent" });
  assert.ok(mail);
  const node = await startDomain({ location: location ?? (await temporaryFolder()), clock, mail, rules, wrapStore });
  const stop = async () => {
    await node.stop();
    await mail.close();
  };
  return { node, clock, stop };
}

describe("accounts with e-mail", () => {
  let mails: MailServer;
  let node: DomainNode;
  let clock: MovingClock;
  let stop: () => Promise<void>;

  before(async () => {
    mails = await MailServer.start();
    ({ node, clock, stop } = await mailing(mails));
  });
  after(async () => {
    await stop();
    await mails.stop();
    await removeTemporaryFolders();
  });

  const pass = (ms: number) => passTime(clock, [node], ms);
  let address = 0;
  /** From a network address of its own, so that tests do not use up each other's rate. */
  const stranger = () => node.connect(`192.0.2.${++address}`);
  const ask = async (purpose: CodePurpose, email: string) => {
    const had = mails.received.filter(({ to, text }) => to.includes(email) && /^ {4}\d{6}$/m.test(text)).length;
    await stranger().call("auth.requestCode", { purpose, email });
    return mails.code(email, had);
  };
  const registerWith = async (handle: string, email: string) => {
    const peer = stranger();
    const code = await ask("register", email);
    await peer.call("auth.register", { handle, password: PASSWORD, email, code, device });
    return peer;
  };
  const wrong = (code: string, by = 1) => String((Number(code) + by) % 1_000_000).padStart(6, "0");

  test("[ACC-1] an account with a verified address; the address is stored with its domain in lower case", async () => {
    const code = await ask("register", "Ann.Lee@mail.example");
    const peer = stranger();
    const email = " Ann.Lee@MAIL.example ";
    await peer.call("auth.register", { handle: "ann", password: PASSWORD, email, code, device });
    const account = await peer.call("account.get", {});
    assert.equal(account.email, "Ann.Lee@mail.example");
    const [mail] = mails.received;
    assert.match(mail?.text ?? "", /^From: chat@parley\.test$/m);
    assert.match(mail?.text ?? "", /^To: Ann\.Lee@mail\.example$/im);
  });

  test("[ACC-1] an address without its code, with another one's code or with line breaks makes no account", async () => {
    const code = await ask("register", "eve@mail.example");
    const register = (email: string, given?: string) =>
      stranger().call("auth.register", {
        handle: "eve",
        password: PASSWORD,
        email,
        device,
        ...(given === undefined ? {} : { code: given }),
      });
    await refused(register("eve@mail.example"), "CODE_INVALID");
    await refused(register("eve@mail.example", wrong(code)), "CODE_INVALID");
    await refused(register("other@mail.example", code), "CODE_INVALID");
    for (const bad of ["eve", "@x.example", "eve@", "a b@x.example", "eve@x..example", `${"e".repeat(65)}@x.example`]) {
      await refused(register(bad, code), "EMAIL_INVALID");
    }
    for (const injected of ["eve@x.example\r\nBcc: all@x.example", "eve@x.example\n", "\0eve@x.example"]) {
      await refused(stranger().call("auth.requestCode", { purpose: "register", email: injected }), "EMAIL_INVALID");
    }
    const someone = await stranger().register("looker1");
    assert.deepEqual((await someone.call("user.find", { handle: "eve" })).users, []);
    await register("eve@mail.example", code);
  });

  test("[ACC-2] a code works once, for its purpose, and the sixth guess is refused even if it is right", async () => {
    await registerWith("bea", "bea@mail.example");
    const signIn = (code: string) => stranger().call("auth.signInByCode", { email: "bea@mail.example", code, device });
    const forReset = await ask("reset", "bea@mail.example");
    await refused(signIn(forReset), "CODE_INVALID");
    const code = await ask("signIn", "bea@mail.example");
    await signIn(code);
    await refused(signIn(code), "CODE_INVALID");
    await pass(MINUTE_MS);
    const second = await ask("signIn", "bea@mail.example");
    for (let n = 1; n <= 5; n += 1) await refused(signIn(wrong(second, n)), "CODE_INVALID");
    await refused(signIn(second), "CODE_INVALID");
    await pass(MINUTE_MS);
    await signIn(await ask("signIn", "bea@mail.example"));
  });

  test("[ACC-2] parallel guesses at one code are five, whatever the number of connections", async () => {
    await registerWith("gus", "gus@mail.example");
    const code = await ask("signIn", "gus@mail.example");
    const guesses = Array.from({ length: 20 }, (_, n) => (n === 19 ? code : wrong(code, n + 1)));
    const outcomes = await Promise.allSettled(
      guesses.map((guess) => stranger().call("auth.signInByCode", { email: "gus@mail.example", code: guess, device })),
    );
    assert.equal(outcomes.filter(({ status }) => status === "fulfilled").length, 0);
  });

  test("[ACC-2] a code is dead after ten minutes, and another one is sent after a minute", async () => {
    await registerWith("cat", "cat@mail.example");
    const signIn = (code: string) => stranger().call("auth.signInByCode", { email: "cat@mail.example", code, device });
    const before = clock.now();
    const code = await ask("signIn", "cat@mail.example");
    await pass(20_000);
    const early = await refused(
      stranger().call("auth.requestCode", { purpose: "signIn", email: "CAT@mail.example" }),
      "RATE_LIMITED",
    );
    // The mail's own way takes time, too.
    const least = MINUTE_MS - (clock.now() - before);
    assert.ok(early.retryAfterMs >= least && early.retryAfterMs <= 41_000, String(early.retryAfterMs));
    await pass(early.retryAfterMs);
    const second = await ask("signIn", "cat@mail.example");
    if (second !== code) await refused(signIn(code), "CODE_INVALID");
    await pass(10 * MINUTE_MS);
    await refused(signIn(second), "CODE_INVALID");
  });

  test("[ACC-2] the store holds no code that its reader could use", async () => {
    const code = await ask("register", "dan@mail.example");
    const stored = await node.store.hashGetAll(codeKey("register", "dan@mail.example"));
    assert.ok(stored.digest);
    assert.ok(!JSON.stringify(stored).includes(code));
  });

  test("[ACC-3] of 100 parallel registrations with one address exactly one succeeds", async () => {
    const email = "wanted@mail.example";
    const code = await ask("register", email);
    const outcomes = await Promise.allSettled(
      Array.from({ length: 100 }, (_, n) =>
        node.connect(`198.51.100.${n}`).call("auth.register", {
          handle: `wanted${n}`,
          password: PASSWORD,
          email,
          code,
          device,
        }),
      ),
    );
    assert.equal(outcomes.filter(({ status }) => status === "fulfilled").length, 1);
    const owner = await node.store.get(emailKey(email));
    assert.equal(await node.store.hashGet(userKey(owner ?? ""), "email"), email);
  });

  test("[ACC-8] addresses with and without an account get the same answers; only the first gets a mail", async () => {
    await registerWith("fay", "fay@mail.example");
    const before = mails.received.length;
    for (const purpose of ["signIn", "reset"] as const) {
      const [known, unknown] = [
        await stranger().call("auth.requestCode", { purpose, email: "fay@mail.example" }),
        await stranger().call("auth.requestCode", { purpose, email: "nobody@mail.example" }),
      ];
      assert.deepEqual(known, unknown);
      for (const email of ["fay@mail.example", "nobody@mail.example"]) {
        await refused(stranger().call("auth.requestCode", { purpose, email }), "RATE_LIMITED");
      }
    }
    await mails.mail("fay@mail.example", ({ text }) => text.includes("new password"));
    await node.services.mailCodes.stop();
    const sent = mails.received.slice(before);
    assert.deepEqual(new Set(sent.flatMap(({ to }) => to)), new Set(["fay@mail.example"]));
    const guess = (email: string) =>
      refused(stranger().call("auth.signInByCode", { email, code: "000000", device }), "CODE_INVALID");
    const [a, b] = [await guess("fay@mail.example"), await guess("nobody@mail.example")];
    assert.equal(a.message, b.message);
  });

  test("[ACC-8] who asks for an account with a taken address gets the same answer, and its owner a mail that says so", async () => {
    await registerWith("gil", "gil@mail.example");
    const free = await stranger().call("auth.requestCode", { purpose: "register", email: "free@mail.example" });
    await pass(MINUTE_MS);
    const taken = await stranger().call("auth.requestCode", { purpose: "register", email: "GIL@mail.example" });
    assert.deepEqual(taken, free);
    const mail = await mails.mail("gil@mail.example", ({ text }) => text.includes("You have an account"));
    assert.match(mail.text, /belongs to an account already: gil/);
  });

  test("[ACC-8] a forgotten password is set anew by code; every session hears that it ended", async () => {
    const peer = await registerWith("hal", "hal@mail.example");
    const phone = stranger();
    const token = await phone.signInAs("hal");
    const code = await ask("reset", "hal@mail.example");
    const reset = (newPassword: string, given = code) =>
      stranger().call("auth.resetPassword", { email: "hal@mail.example", code: given, newPassword });
    await refused(reset("password1"), "PASSWORD_WEAK");
    await refused(reset(NEW_PASSWORD, wrong(code)), "CODE_INVALID");
    await reset(NEW_PASSWORD);
    for (const device of [peer, phone]) {
      assert.deepEqual(await device.event("session.ended"), { why: "revoked" });
      assert.equal(await device.closed, "session_revoked");
    }
    await refused(stranger().call("auth.resume", { token }), "SESSION_INVALID");
    await refused(stranger().signInAs("hal", PASSWORD), "CREDENTIALS_INVALID");
    await stranger().signInAs("hal", NEW_PASSWORD);
    await refused(reset("another-g00d-harbour"), "CODE_INVALID");
    await mails.mail("hal@mail.example", ({ text }) => text.includes("was set anew"));
  });

  test("[ACC-9] another address: needs the password and a code sent there; the old one is free and told", async () => {
    const peer = await registerWith("ida", "ida@mail.example");
    const change = (password: string, email: string, code: string) =>
      peer.call("account.changeEmail", { password, email, code });
    await refused(
      stranger().call("auth.requestCode", { purpose: "changeEmail", email: "x@y.example" }),
      "NOT_SIGNED_IN",
    );
    await peer.call("auth.requestCode", { purpose: "changeEmail", email: "ida@new.example" });
    const code = await mails.code("ida@new.example");
    await refused(change("not the password", "ida@new.example", code), "CREDENTIALS_INVALID");
    await refused(change(PASSWORD, "ida@other.example", code), "CODE_INVALID");
    await change(PASSWORD, "ida@new.example", code);
    assert.equal((await peer.call("account.get", {})).email, "ida@new.example");
    await mails.mail("ida@mail.example", ({ text }) => text.includes("does not belong"));
    await pass(MINUTE_MS);
    await registerWith("ida2", "ida@mail.example");
    await peer.call("account.changeEmail", { password: PASSWORD });
    assert.equal((await peer.call("account.get", {})).email, null);
    assert.equal(await node.store.get(emailKey("ida@new.example")), null);
  });

  test("[ACC-9] an address that somebody got meanwhile is not taken from them", async () => {
    const peer = await registerWith("jan", "jan@mail.example");
    await peer.call("auth.requestCode", { purpose: "changeEmail", email: "both@mail.example" });
    const code = await mails.code("both@mail.example");
    const other = await registerWith("jan2", "both@mail.example");
    const change = peer.call("account.changeEmail", { password: PASSWORD, email: "both@mail.example", code });
    await refused(change, "EMAIL_TAKEN");
    assert.equal((await other.call("account.get", {})).email, "both@mail.example");
    assert.equal((await peer.call("account.get", {})).email, "jan@mail.example");
  });

  test("[ACC-2] a mail server that is busy is asked again; one that refuses for good is not", async () => {
    mails.refusals.push(451, 550);
    const email = "late@mail.example";
    await stranger().call("auth.requestCode", { purpose: "register", email });
    await turnsUntil(
      () => mails.refusals.length === 1,
      () => "the first refusal",
    );
    await turnsUntil(
      () => {
        clock.forward(2_000);
        return mails.refusals.length === 0;
      },
      () => "the second refusal",
    );
    await pass(10 * MINUTE_MS);
    const code = await ask("register", email);
    const received = mails.received.filter(({ to }) => to.includes(email));
    assert.equal(received.length, 1);
    assert.match(received[0]?.text ?? "", new RegExp(code));
  });

  test("[ACC-2] codes asked for by one network address are bounded", async () => {
    const greedy = node.connect("203.0.113.9");
    for (let n = 0; n < 30; n += 1) {
      await greedy.call("auth.requestCode", { purpose: "signIn", email: `x${n}@mail.example` });
    }
    const last = greedy.call("auth.requestCode", { purpose: "signIn", email: "x30@mail.example" });
    assert.ok((await refused(last, "RATE_LIMITED")).retryAfterMs > 0);
    await stranger().call("auth.requestCode", { purpose: "signIn", email: "x31@mail.example" });
  });

  test("[ACC-1] a server that requires an address takes no account without", async () => {
    const { node: strict, stop: end } = await mailing(mails, { email: "required" });
    const info = await strict.connect().call("node.info", {});
    assert.equal(info.email, "required");
    await refused(strict.connect().register("nomail"), "EMAIL_REQUIRED");
    const peer = strict.connect();
    await peer.call("auth.requestCode", { purpose: "register", email: "must@mail.example" });
    const code = await mails.code("must@mail.example");
    const email = "must@mail.example";
    await peer.call("auth.register", { handle: "withmail", password: PASSWORD, email, code, device });
    await refused(peer.call("account.changeEmail", { password: PASSWORD }), "EMAIL_REQUIRED");
    await end();
  });

  test("[ACC-2] a server without mail says so", async () => {
    const silent = await startDomain({ location: await temporaryFolder() });
    assert.equal((await silent.connect().call("node.info", {})).email, "off");
    const ask = silent.connect().call("auth.requestCode", { purpose: "signIn", email: "a@b.example" });
    await refused(ask, "MAIL_UNAVAILABLE");
    await silent.stop();
  });
});

test("[ACC-8] an address with an account and one without cost the same commands at the store, in answers to strangers", async () => {
  const mails = await MailServer.start();
  const counted: string[] = [];
  let counting = false;
  const count = (kv: Kv): Kv =>
    new Proxy(kv, {
      get(target, name) {
        const value = Reflect.get(target, name);
        if (typeof value !== "function") return value;
        return (...args: unknown[]) => {
          if (counting) counted.push(String(name));
          return value.apply(target, args);
        };
      },
    });
  const { node, stop } = await mailing(mails, {}, undefined, count);
  const email = "known@mail.example";
  await node.connect().call("auth.requestCode", { purpose: "register", email });
  const code = await mails.code(email);
  const known = node.connect();
  await known.call("auth.register", { handle: "known", password: PASSWORD, email, code, device });
  // What their first connection asks for is not what is counted.
  await node.services.hub.ready(known);
  await node.services.mailCodes.stop();

  const costOf = async (deed: () => Promise<unknown>) => {
    counting = true;
    await deed();
    counting = false;
    return counted.splice(0).sort();
  };
  for (const purpose of ["signIn", "reset"] as const) {
    const costs: string[][] = [];
    for (const asked of [email, "unknown@mail.example"]) {
      const guess = (given: string) =>
        purpose === "signIn"
          ? node.connect().call("auth.signInByCode", { email: asked, code: given, device })
          : node.connect().call("auth.resetPassword", { email: asked, code: given, newPassword: NEW_PASSWORD });
      const answered = await costOf(() => node.connect().call("auth.requestCode", { purpose, email: asked }));
      await node.services.mailCodes.stop();
      counted.length = 0;
      costs.push([...answered, ...(await costOf(() => refused(guess("000000"), "CODE_INVALID")))]);
    }
    assert.ok((costs[0]?.length ?? 0) > 4);
    assert.deepEqual(costs[0], costs[1]);
  }
  await stop();
  await mails.stop();
});

test("[ACC-2] guesses and uses of a code are counted over two nodes", async () => {
  const [redis, mails] = [await startRedis(), await MailServer.start()];
  const east = await mailing(mails, {}, redis.url);
  const west = await mailing(mails, {}, redis.url);
  const email = "two@mail.example";
  const nodes = [east.node, west.node];
  const at = (n: number, address: string) => (n % 2 === 0 ? east.node : west.node).connect(address);
  await east.node.connect().call("auth.requestCode", { purpose: "register", email });
  await refused(west.node.connect().call("auth.requestCode", { purpose: "register", email }), "RATE_LIMITED");
  const code = await mails.code(email);
  const register = (n: number) =>
    at(n, `198.51.100.${n}`).call("auth.register", { handle: `two${n}`, password: PASSWORD, email, code, device });
  const made = await Promise.allSettled(Array.from({ length: 20 }, (_, n) => register(n)));
  assert.equal(made.filter(({ status }) => status === "fulfilled").length, 1);
  await west.node.connect().call("auth.requestCode", { purpose: "signIn", email });
  const signInCode = await mails.code(email, 1);
  const uses = await Promise.allSettled(
    Array.from({ length: 4 }, (_, n) =>
      at(n, `203.0.113.${n}`).call("auth.signInByCode", { email, code: signInCode, device }),
    ),
  );
  assert.equal(uses.filter(({ status }) => status === "fulfilled").length, 1);
  assert.equal(nodes.length, 2);
  await east.stop();
  await west.stop();
  await redis.stop();
  await mails.stop();
});
