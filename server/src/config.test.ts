import assert from "node:assert/strict";
import { isAbsolute } from "node:path";
import { test } from "node:test";
import { ConfigError, createConfig, helpText, parseCommandLine } from "./config.ts";

function configOf(args: string[], environment: NodeJS.ProcessEnv = {}) {
  const line = parseCommandLine(args, environment);
  assert.ok(line.command !== "help");
  return line.config;
}

const refused = (args: string[], environment: NodeJS.ProcessEnv = {}) => {
  try {
    parseCommandLine(args, environment);
  } catch (error) {
    assert.ok(error instanceof ConfigError, String(error));
    return error.message;
  }
  return assert.fail(`${args.join(" ")} was accepted`);
};

test("without arguments it runs on loopback with the embedded store", () => {
  const line = parseCommandLine([], {});
  assert.equal(line.command, "run");
  const { host, port, store, tls, registration, data } = configOf([]);
  assert.deepEqual([host, port, store, tls, registration], ["127.0.0.1", 7780, "", "off", "open"]);
  assert.ok(isAbsolute(data));
});

test("the command line wins over the environment, the environment over the defaults", () => {
  const environment = { PARLEY_PORT: "1000", PARLEY_NAME: "Env", PARLEY_ALLOW_VOLATILE: "true", PARLEY_HOST: "" };
  const { port, name, allowVolatile, host } = configOf(["--port", "2000"], environment);
  assert.deepEqual([port, name, allowVolatile, host], [2000, "Env", true, "127.0.0.1"]);
});

test("lists are separated by commas", () => {
  assert.deepEqual(configOf(["--trusted-proxies", "10.0.0.0/8,::1"]).trustedProxies, ["10.0.0.0/8", "::1"]);
  assert.deepEqual(configOf(["--kems", "rsa2048"]).kems, ["rsa2048"]);
});

test("what is unknown or wrong is refused in words that name it", () => {
  assert.match(refused(["--prot", "1"]), /--prot/);
  assert.match(refused(["--prot", "1"]), /--port /);
  assert.match(refused(["serve"]), /no command "serve"/);
  assert.match(refused(["--port", "seven"]), /--port/);
  assert.match(refused(["--port", "70000"]), /--port/);
  assert.match(refused(["--tls", "on"]), /--tls is off or selfsigned or files/);
  assert.match(refused(["--store", "http://127.0.0.1"]), /--store/);
  assert.match(refused(["--kems", "rsa1024"]), /--kems/);
  assert.match(refused([], { PARLEY_NEWEST: "-1" }), /--newest/);
  for (const count of ["0", "33", "two", "1.5", "-2"]) {
    assert.match(refused(["--workers", count]), /--workers/);
    assert.match(refused([], { PARLEY_WORKERS: count }), /--workers/);
  }
  assert.match(refused([], { PARLEY_ALLOW_VOLATILE: "maybe" }), /--allow-volatile/);
});

test("[NODE-8] a variable that looks like a setting and is none is refused by its name; secrets are not", () => {
  assert.match(refused([], { PARLEY_PROT: "1" }), /^PARLEY_PROT is set .* no setting/);
  assert.equal(configOf([], { PARLEY_SECRET: "s", PARLEY_BACKUP_PASSPHRASE: "p", PATH: "/" }).port, 7780);
});

test("[NODE-14] a bus is an address of NATS or of Redis, and for nodes that share a store", () => {
  const shared = ["--store", "redis://a"];
  assert.equal(configOf([...shared, "--bus", "nats://me:p@a,b:4223/chat"]).bus, "nats://me:p@a,b:4223/chat");
  assert.equal(configOf([...shared, "--bus", "redis+sentinel://a/name"]).bus, "redis+sentinel://a/name");
  assert.match(refused([...shared, "--bus", "amqp://a"]), /--bus is: nats:/);
  assert.match(refused([...shared, "--bus", "tls://me:s3cret@a/no.dots"]), /^--bus: the prefix/);
  assert.match(refused(["--bus", "nats://a"]), /--bus .* needs --store/);
});

test("[NODE-4] the address of a node is one of the web, without a path", () => {
  assert.equal(configOf(["--public-url", "https://n1.example:8443"]).publicUrl, "https://n1.example:8443");
  for (const wrong of ["n1.example", "ws://n1.example", "https://n1.example/chat", "https://me:pw@n1.example"]) {
    assert.match(refused(["--public-url", wrong]), /^--public-url is/, wrong);
  }
});

test("[M8] imsc mode off is refused where others could listen", () => {
  assert.match(refused(["--imsc-mode", "off", "--host", "0.0.0.0"]), /--imsc-mode off/);
  assert.match(refused(["--imsc-mode", "off", "--host", "192.0.2.1"]), /--imsc-mode off/);
  assert.equal(configOf(["--imsc-mode", "off"]).imscMode, "off");
  assert.equal(configOf(["--imsc-mode", "off", "--host", "::", "--tls", "selfsigned"]).imscMode, "off");
});

test("certificate files and --tls files belong together", () => {
  assert.match(refused(["--tls", "files", "--tls-cert", "a.pem"]), /--tls-key/);
  assert.match(refused(["--tls-cert", "a.pem"]), /--tls files/);
  assert.equal(configOf(["--tls", "files", "--tls-cert", "a", "--tls-key", "b"]).tls, "files");
});

test("[CALL-2] relays and the secret that they share with the server belong together", () => {
  assert.match(refused(["--turn", "turn:a", "--turn-secret", "s", "--turn-secret-file", "f"]), /--turn-secret-file/);
  assert.match(refused(["--turn-secret", "s"]), /--turn, which is missing/);
  const { turn, turnSecretFile } = configOf(["--turn", "turn:a:3478,turns:b", "--turn-secret-file", "f"]);
  assert.deepEqual([turn, turnSecretFile], [["turn:a:3478", "turns:b"], "f"]);
});

test("the help names every setting with its default", () => {
  for (const name of Object.keys(createConfig({}))) {
    assert.ok(helpText().includes(`--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`), name);
  }
  assert.equal(parseCommandLine(["--help"], {}).command, "help");
});

test("[NODE-6] a replica belongs to a store with one primary, and to the same database of it", () => {
  const shared = ["--store", "redis://a/2"];
  assert.equal(configOf([...shared, "--store-replica", "redis://b/2"]).storeReplica, "redis://b/2");
  const sentinel = ["--store", "redis+sentinel://a/main", "--store-replica", "redis+sentinel://a/main"];
  assert.equal(configOf(sentinel).storeReplica, "redis+sentinel://a/main");
  assert.match(refused(["--store-replica", "redis://b"]), /^--store-replica .* --store, which is missing/);
  assert.match(refused([...shared, "--store-replica", "redis://b"]), /^--store-replica .* database 2/);
  assert.match(refused([...shared, "--store-replica", "redis+cluster://b"]), /^--store-replica is/);
  assert.match(
    refused(["--store", "redis+cluster://a", "--store-replica", "redis://b"]),
    /^--store-replica .* Cluster/,
  );
  assert.match(refused([...shared, "--store-replica", "redis://b,c/2"]), /^--store-replica: /);
  assert.match(refused(["--store", "redis://a,b"]), /^--store: /);
});
