import assert from "node:assert/strict";
import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { parseCommandLine } from "../config.ts";
import { runInit } from "./init.ts";
import type { Surroundings } from "./relay.ts";

let root: string;
before(async () => {
  root = await mkdtemp(join(tmpdir(), "parley init "));
});
after(() => rm(root, { recursive: true, force: true }));

/** A machine behind NAT, whose name leads to 8.8.8.8. */
const HOME: Surroundings = {
  addresses: ["192.168.1.10", "fd00::10"],
  networks: [{ address: "192.168.1.10", cidr: "192.168.1.10/24" }],
  lookUp: async (name) => (name === "chat.parley-im.org" ? ["2606:4700::5", "8.8.8.8"] : []),
};

async function init(folder: string, args: readonly string[], around = HOME) {
  const said: string[] = [];
  const place = ["--folder", join(root, folder), "--registration", "invite"];
  const code = await runInit([...place, ...args], { say: (text) => said.push(text), terminal: null, around });
  return { code, said: said.join(""), folder: join(root, folder) };
}

const NAMED = ["--address", "chat.parley-im.org", "--certificate", "acme"];
const textOf = (folder: string, name: string) => readFile(join(folder, name), "utf8");

async function settingsOf(folder: string, name: string): Promise<Record<string, string>> {
  const lines = (await textOf(folder, name)).split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  return Object.fromEntries(lines.map((line) => [line.slice(0, line.indexOf("=")), line.slice(line.indexOf("=") + 1)]));
}

test("[NODE-11] one folder in which everything fits: each secret is the same on both sides, and nobody else reads one", async () => {
  const { code, said, folder } = await init("whole", [...NAMED, "--acme-email", "ann@parley-im.org"]);
  assert.equal(code, 0, said);
  const names = ["deployment", "store", "objects", "turn"];
  const secrets = await Promise.all(names.map(async (name) => (await textOf(folder, `secrets/${name}`)).trim()));
  const [deployment = "", store = "", objects = "", turn = ""] = secrets;
  assert.equal(new Set(secrets).size, 4);

  const environment = await settingsOf(folder, "parley.env");
  const line = parseCommandLine([], environment);
  assert.ok(line.command === "run");
  assert.equal(environment.PARLEY_SECRET, deployment);
  assert.equal(line.config.store, `redis://:${store}@pika:9221/0`);
  assert.equal(line.config.objectsSecretKey, objects);
  assert.equal(line.config.objectsPublicEndpoint, "https://chat.parley-im.org");
  assert.deepEqual(line.config.turn, ["turn:chat.parley-im.org:3478"]);
  assert.equal(line.config.registration, "invite");

  const minio = await settingsOf(folder, "minio.env");
  assert.deepEqual(minio, { MINIO_ROOT_USER: line.config.objectsAccessKey, MINIO_ROOT_PASSWORD: objects });
  const pika = await textOf(folder, "pika.conf");
  for (const key of ["requirepass", "userpass", "masterauth"]) assert.ok(pika.includes(`\n${key} : ${store}\n`), key);
  const coturn = await textOf(folder, "turnserver.conf");
  assert.ok(coturn.includes(`\nstatic-auth-secret=${turn}\n`));
  assert.ok(coturn.includes("\nexternal-ip=8.8.8.8/192.168.1.10\n"));
  assert.equal(line.config.turnSecret, turn);
  const caddy = await textOf(folder, "Caddyfile");
  assert.match(caddy, /^https:\/\/chat\.parley-im\.org \{$/m);
  assert.match(caddy, /^\temail ann@parley-im\.org$/m);
  assert.ok(caddy.includes(`handle /${line.config.objectsBucket}/*`));
  const compose = await settingsOf(folder, ".env");
  assert.deepEqual(line.config.trustedProxies, [compose.PARLEY_SUBNET]);
  assert.equal(compose.COMPOSE_PROFILES, "tls,calls");

  for (const name of await readdir(folder, { recursive: true })) {
    const { mode } = await stat(join(folder, name));
    const text = await readFile(join(folder, name), "utf8").catch(() => "");
    if (secrets.some((secret) => text.includes(secret))) assert.equal(mode & 0o777, 0o600, name);
    assert.equal(mode & 0o022, 0, name);
    assert.ok(!text.includes("{{"), name);
  }
  assert.equal((await stat(folder)).mode & 0o777, 0o700);
  assert.ok(!secrets.some((secret) => said.includes(secret)));
  assert.match(said, /Open in the firewall: TCP 80 and 443, UDP and TCP 3478, UDP 49152-50175\./);
  assert.match(said, /docker compose up --detach --build/);
});

test("[NODE-11] a second time changes nothing; other answers need --force, and secrets stay even so", async () => {
  const first = await init("again", NAMED);
  assert.equal(first.code, 0, first.said);
  const secret = await textOf(first.folder, "secrets/deployment");
  const before = await textOf(first.folder, "parley.env");
  assert.equal((await init("again", NAMED)).code, 0);
  assert.equal(await textOf(first.folder, "parley.env"), before);

  const refused = await init("again", [...NAMED, "--name", "Other"]);
  assert.equal(refused.code, 1);
  assert.match(refused.said, /has parley\.env with other content\. --force/);
  assert.equal(await textOf(first.folder, "parley.env"), before);

  assert.equal((await init("again", [...NAMED, "--name", "Other", "--force"])).code, 0);
  const { PARLEY_NAME, PARLEY_SECRET } = await settingsOf(first.folder, "parley.env");
  assert.deepEqual([PARLEY_NAME, PARLEY_SECRET], ["Other", secret.trim()]);
});

test("[NODE-11] a secret that others can read, or that is none, is not used", async () => {
  const { folder } = await init("open", NAMED);
  const path = join(folder, "secrets", "turn");
  await chmod(path, 0o644);
  assert.match((await init("open", NAMED)).said, /secrets\/turn can be read by others/);
  await chmod(path, 0o600);
  await writeFile(path, "short");
  assert.match((await init("open", NAMED)).said, /secrets\/turn is no secret/);
});

test("[NODE-11] certificates: automatic for a name, short-lived for a number, made here, or none where a proxy has one", async () => {
  const caddyfile = async (folder: string, ...args: string[]) => {
    const { code, said, folder: place } = await init(folder, args);
    assert.equal(code, 0, said);
    return { said, text: await textOf(place, "Caddyfile").catch(() => null), compose: await settingsOf(place, ".env") };
  };
  const named = await caddyfile("c1", ...NAMED);
  assert.doesNotMatch(named.text ?? "", /\ttls|default_sni/);
  const numbered = await caddyfile("c2", "--address", "8.8.8.8", "--certificate", "acme");
  assert.match(numbered.text ?? "", /default_sni 8\.8\.8\.8[\s\S]*issuer acme \{\s+profile shortlived/);
  const own = await caddyfile("c3", "--address", "192.168.1.10", "--certificate", "selfsigned");
  assert.match(own.text ?? "", /default_sni 192\.168\.1\.10[\s\S]*tls internal/);
  const v6 = await caddyfile("c4", "--address", "2606:4700::5", "--certificate", "selfsigned", "--calls", "off");
  assert.match(v6.text ?? "", /default_sni 2606:4700::5[\s\S]*https:\/\/\[2606:4700::5\] \{/);
  const proxy = await caddyfile("c5", "--address", "chat.lan", "--certificate", "proxy", "--lan", "10.0.0.0/8");
  assert.deepEqual([proxy.text, proxy.compose.COMPOSE_PROFILES], [null, "calls"]);
  assert.match(proxy.said, /127\.0\.0\.1:7780/);
  assert.doesNotMatch(proxy.said, /443/);
});

test("[NODE-11] [CALL-2] the relay is told how it is reached, or init asks for what it cannot know", async () => {
  const coturn = async (folder: string, args: readonly string[], around = HOME) => {
    const { code, said, folder: place } = await init(folder, args, around);
    return code === 0 ? textOf(place, "turnserver.conf") : said;
  };
  const hosted: Surroundings = { addresses: ["8.8.8.8"], networks: [], lookUp: async () => [] };
  assert.doesNotMatch(await coturn("t1", NAMED, hosted), /external-ip/);
  const unknown = ["--address", "new.parley-im.org", "--certificate", "acme"];
  assert.match(await coturn("t2", unknown), /--public-ip is missing/);
  assert.match(await coturn("t3", [...unknown, "--public-ip", "8.8.4.4"]), /external-ip=8\.8\.4\.4\/192\.168\.1\.10/);
  const two: Surroundings = { ...HOME, addresses: ["192.168.1.10", "10.0.0.10"] };
  assert.match(await coturn("t4", NAMED, two), /--listen is missing.*192\.168\.1\.10, 10\.0\.0\.10/);
  assert.match(await coturn("t5", [...NAMED, "--listen", "10.0.0.10"], two), /external-ip=8\.8\.8\.8\/10\.0\.0\.10/);
  const lan = ["--address", "192.168.1.10", "--certificate", "selfsigned"];
  assert.match(await coturn("t6", lan), /allowed-peer-ip=192\.168\.1\.0-192\.168\.1\.255/);
  assert.match(await coturn("t7", ["--address", "192.168.7.7", "--certificate", "selfsigned"]), /--lan is missing/);
  assert.match(await coturn("t8", [...lan, "--lan", "everything"]), /--lan everything/);
  assert.match(await coturn("t9", [...lan, "--lan", "10.0.0.0/8", "--public-ip", "8.8.8.8"]), /--lan or --public-ip/);
  const without = await init("t10", [...NAMED, "--calls", "off"]);
  assert.equal((await settingsOf(without.folder, "parley.env")).PARLEY_TURN, undefined);
});
