import assert from "node:assert/strict";
import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { after, test } from "node:test";
import { removeTemporaryFolders, temporaryFolder } from "../../tests/_util/folder.ts";
import { ConfigError } from "../config.ts";
import { systemRandom as random } from "../platform.ts";
import { IDENTITY } from "../store/keys.ts";
import { deploymentSecret } from "./deployment-secret.ts";
import { joinIdentity, openIdentity } from "./server-identity.ts";

after(removeTemporaryFolders);

/** A shared store, as far as an identity needs one. */
function sharedStore() {
  const values = new Map<string, string>();
  return {
    values,
    driver: "redis" as const,
    get: async (key: string) => values.get(key) ?? null,
    setNx: async (key: string, value: string) => !values.has(key) && values.set(key, value).size > 0,
  };
}

const embedded = { ...sharedStore(), driver: "embedded" as const };
const secretOf = (data: string) => deploymentSecret({ data, secretFile: "" });

test("a node alone makes its identity once, for its owner's eyes only", async () => {
  const data = await temporaryFolder();
  const parts = { store: embedded, data, secret: await secretOf(data), random };
  const first = await openIdentity(parts);
  const second = await openIdentity(parts);
  assert.equal(first.fingerprint, second.fingerprint);
  assert.match(first.fingerprint, /^([A-Z2-7]{4}-){12}[A-Z2-7]{4}$/);
  assert.ok(first.fingerprint.replaceAll("-", "").startsWith(first.shortCode.replaceAll(" ", "")));
  for (const file of [join("identity", "ed25519-seed"), "secret"]) {
    assert.equal((await stat(join(data, file))).mode & 0o777, 0o600);
  }
});

test("[NODE-2] nodes of one store show one identity, and it is not readable in the store", async () => {
  const store = sharedStore();
  const secret = await secretOf(await temporaryFolder());
  const folders = await Promise.all(Array.from({ length: 10 }, temporaryFolder));
  const nodes = await Promise.all(folders.map((data) => openIdentity({ store, data, secret, random })));
  assert.equal(new Set(nodes.map((node) => node.fingerprint)).size, 1);
  const seed = await readFile(join(folders[0] as string, "identity", "ed25519-seed"), "utf8");
  assert.ok(!(store.values.get(IDENTITY) ?? "").includes(seed.trim()));
});

test("a store that lost its identity gets the same one back", async () => {
  const data = await temporaryFolder();
  const secret = await secretOf(data);
  const before = await openIdentity({ store: sharedStore(), data, secret, random });
  const again = await openIdentity({ store: sharedStore(), data, secret, random });
  assert.equal(before.fingerprint, again.fingerprint);
});

test("another secret, once what was sealed under the old one is removed: the same identity, and the old secret opens nothing", async () => {
  const store = sharedStore();
  const data = await temporaryFolder();
  const [old, next] = [await secretOf(await temporaryFolder()), await secretOf(await temporaryFolder())];
  const before = await openIdentity({ store, data, secret: old, random });
  store.values.delete(IDENTITY);
  const again = await openIdentity({ store, data, secret: next, random });
  assert.equal(before.fingerprint, again.fingerprint);
  const stranger = { store, data: await temporaryFolder(), random };
  await assert.rejects(openIdentity({ ...stranger, secret: old }), /another secret/);
  assert.equal((await openIdentity({ ...stranger, secret: next })).fingerprint, before.fingerprint);
});

test("a node with another identity refuses to start, says what joins it, and that works", async () => {
  const store = sharedStore();
  const [here, there] = [await temporaryFolder(), await temporaryFolder()];
  const secret = await secretOf(here);
  const theirs = await openIdentity({ store, data: here, secret, random });
  await openIdentity({ store: embedded, data: there, secret, random });
  await assert.rejects(
    openIdentity({ store, data: there, secret, random }),
    (error) =>
      error instanceof ConfigError &&
      error.message.includes(theirs.shortCode) &&
      error.message.includes("parley identity join"),
  );
  assert.ok(await joinIdentity(there, 1));
  assert.equal((await openIdentity({ store, data: there, secret, random })).fingerprint, theirs.fingerprint);
});

test("a node with another secret refuses to start and says where the right one is", async () => {
  const store = sharedStore();
  const [here, there] = [await temporaryFolder(), await temporaryFolder()];
  await openIdentity({ store, data: here, secret: await secretOf(here), random });
  await assert.rejects(
    async () => openIdentity({ store, data: there, secret: await secretOf(there), random }),
    (error) => error instanceof ConfigError && error.message.includes("--secret-file"),
  );
});

test("a secret comes from a file or the environment, and is long", async () => {
  const data = await temporaryFolder();
  const made = await secretOf(data);
  assert.deepEqual(await deploymentSecret({ data: "/nowhere", secretFile: join(data, "secret") }), made);
  const fromEnvironment = (await readFile(join(data, "secret"), "utf8")).trim();
  assert.deepEqual(await deploymentSecret({ data: "/nowhere", secretFile: "", fromEnvironment }), made);
  await assert.rejects(deploymentSecret({ data, secretFile: "", fromEnvironment: "short" }), ConfigError);
  await assert.rejects(deploymentSecret({ data, secretFile: join(data, "none") }), ConfigError);
});
