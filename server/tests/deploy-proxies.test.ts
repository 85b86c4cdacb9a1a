import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { readFile, writeFile } from "node:fs/promises";
import { get } from "node:http";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { connect } from "node:tls";
import type { FileBody } from "@parley/protocol";
import { bytesSource } from "@parley/protocol/client";
import { SUBPROTOCOL_SEALED } from "@parley/protocol/secure";
import { selfSignedTls } from "../src/identity/self-signed.ts";
import { checkAnswers } from "../src/init/answers.ts";
import { renderCaddyfile } from "../src/init/caddyfile.ts";
import { parseInitOptions } from "../src/init/options.ts";
import { ask, clientOptions, type Entrance, startRecorder } from "./_util/behind-proxy.ts";
import { app } from "./_util/client-app.ts";
import { removeTemporaryFolders, temporaryFolder } from "./_util/folder.ts";
import { startNode, type TestNode } from "./_util/node.ts";
import {
  DEPLOY,
  freePorts,
  type Program,
  runProgram,
  shipped,
  startCaddy,
  startNginx,
  startProgram,
  withWords,
} from "./_util/proxies.ts";

const NAME = "chat.example.org";
const HANDSHAKES_MAX = 1000;
/** More than the 1 MB that nginx takes by itself, and than any buffer. */
const FILE_BYTES = 6 * 1024 ** 2;

let node: TestNode;
let store: Awaited<ReturnType<typeof startRecorder>>;
const running: Program[] = [];

before(async () => {
  node = await startNode({ trustedProxies: ["127.0.0.1"], metrics: "on" });
  store = await startRecorder();
});
after(async () => {
  await Promise.all(running.map((program) => program.stop()));
  await node.stop();
  await store.close();
  await removeTemporaryFolders();
});

interface Proxy extends Entrance {
  readonly httpPort: number;
}

async function nginx(): Promise<Proxy> {
  const folder = await temporaryFolder();
  const [httpPort = 0, port = 0] = await freePorts(2);
  const { cert, key } = await selfSignedTls(folder, NAME, Date.now());
  await writeFile(join(folder, "cert.pem"), cert);
  await writeFile(join(folder, "key.pem"), key);
  const site = withWords(await shipped("proxies/nginx.conf"), {
    "listen 80;": `listen 127.0.0.1:${httpPort};`,
    "listen 443 ssl http2;": `listen 127.0.0.1:${port} ssl http2;`,
    [`/etc/letsencrypt/live/${NAME}/fullchain.pem`]: join(folder, "cert.pem"),
    [`/etc/letsencrypt/live/${NAME}/privkey.pem`]: join(folder, "key.pem"),
    "server 127.0.0.1:7780;": `server 127.0.0.1:${node.port};`,
    "http://127.0.0.1:9000;": `http://127.0.0.1:${store.port};`,
  });
  running.push(await startNginx(folder, site));
  return { host: NAME, port, ca: cert, httpPort };
}

/** Caddy with a certificate of its own making, where the file says nothing else. */
async function caddy(text: string, host: string, upstreams: Readonly<Record<string, string>>): Promise<Proxy> {
  const folder = await temporaryFolder();
  const [httpPort = 0, port = 0] = await freePorts(2);
  const words = {
    "\tservers {": `\thttp_port ${httpPort}\n\thttps_port ${port}\n\tdefault_bind 127.0.0.1\n\tservers {`,
    ...upstreams,
  };
  const program = await startCaddy(folder, withWords(text, words));
  running.push(program);
  await program.says(/certificate obtained successfully/);
  const ca = await readFile(join(folder, "data", "caddy", "pki", "authorities", "local", "root.crt"), "utf8");
  return { host, port, ca, httpPort };
}

async function caddyExample(): Promise<Proxy> {
  await runProgram("caddy", ["validate", "--config", join(DEPLOY, "proxies", "Caddyfile"), "--adapter", "caddyfile"]);
  return caddy(await shipped("proxies/Caddyfile"), NAME, {
    "{\n\t# No HTTP/3": "{\n\tadmin off\n\tskip_install_trust\n\tlocal_certs\n\t# No HTTP/3",
    "127.0.0.1:7780": `127.0.0.1:${node.port}`,
    "127.0.0.1:9000": `127.0.0.1:${store.port}`,
  });
}

async function fromInit(...args: string[]): Promise<string> {
  const options = parseInitOptions(["--registration", "open", ...args]);
  assert.ok(options !== null);
  return renderCaddyfile(await shipped("Caddyfile.template"), checkAnswers(options), "parley-files");
}

async function caddyByNumber(): Promise<Proxy> {
  return caddy(await fromInit("--address", "127.0.0.1", "--certificate", "selfsigned"), "127.0.0.1", {
    "parley:7780": `127.0.0.1:${node.port}`,
    "minio:9000": `127.0.0.1:${store.port}`,
  });
}

const sha256 = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");

for (const [what, start] of [
  ["nginx, as in deploy/proxies", nginx],
  ["Caddy, as in deploy/proxies", caddyExample],
  ["Caddy, as init makes it for an IP address", caddyByNumber],
] as const) {
  describe(`[NODE-11] [NET-2] ${what}`, () => {
    let proxy: Proxy;
    before(async () => {
      proxy = await start();
    });

    test("two people talk over it, and a file goes both ways", async () => {
      const url = `wss://${proxy.host}:${proxy.port}/ws`;
      const options = clientOptions(proxy);
      const [ann, ben] = await Promise.all([app(url, { options }), app(url, { options })]);
      const { chat } = await ann.client.request("chat.openDirect", { userId: ben.userId });
      const heard = ben.until("messages", ({ messages }) => messages.some((message) => message.kind === "text"));
      await ann.client.send(chat.chatId, { kind: "text", body: { text: "through" } });
      await heard;
      assert.deepEqual(ben.texts(chat.chatId), ["through"]);

      const bytes = randomBytes(FILE_BYTES);
      const about = { chatId: chat.chatId, name: "a.bin", type: "application/x-any" };
      const sent = new Promise<{ seq: number; body: FileBody }>((resolve) => {
        ben.client.on("messages", ({ messages }) => {
          for (const message of messages) if (message.kind === "file") resolve(message);
        });
      });
      const file = await ann.client.files.upload(bytesSource(bytes), about).done;
      await ann.client.send(chat.chatId, { kind: "file", body: file });
      const { seq, body } = await sent;
      const pieces: Uint8Array[] = [];
      for await (const piece of ben.client.files.download({ chatId: chat.chatId, seq }, body)) pieces.push(piece);
      assert.equal(sha256(Buffer.concat(pieces)), sha256(bytes));
      ann.client.stop();
      ben.client.stop();
    });

    test("what a client says of itself is not believed, and the operator's numbers stay inside", async () => {
      const upgrade = {
        connection: "upgrade",
        upgrade: "websocket",
        "sec-websocket-version": "13",
        "sec-websocket-key": randomBytes(16).toString("base64"),
        "sec-websocket-protocol": SUBPROTOCOL_SEALED,
      };
      const claims = { "x-forwarded-host": "evil.example", "x-forwarded-for": "192.0.2.9" };
      const from = async (origin: string) => (await ask(proxy, "/ws", { ...upgrade, ...claims, origin })).status;
      assert.equal(await from("https://evil.example"), 403);
      assert.equal(await from(`https://${proxy.host}:${proxy.port}`), 101);
      assert.equal((await ask(proxy, "/metrics")).status, 404);
      assert.equal((await ask(proxy, "/readyz")).status, 200);
    });

    test("the object store gets host and path as they were signed and bodies of any size; no answer is a page of ours", async () => {
      const path = "/parley-files/a%2Fb?X-Amz-Signature=a%2Bb&x=1";
      const { status, headers } = await ask(proxy, path, { "x-forwarded-for": "192.0.2.9" }, randomBytes(FILE_BYTES));
      assert.equal(status, 200);
      const seen = store.seen.at(-1);
      assert.deepEqual(
        [seen?.url, seen?.bytes, seen?.headers.host, seen?.headers["x-forwarded-for"]],
        [path, FILE_BYTES, `${proxy.host}:${proxy.port}`, "127.0.0.1"],
      );
      assert.equal(headers["content-security-policy"], "sandbox; default-src 'none'");
      assert.equal(headers["x-content-type-options"], "nosniff");
    });

    test("who comes without TLS is sent to it", async () => {
      const sent = get({ host: "127.0.0.1", port: proxy.httpPort, headers: { host: proxy.host } });
      const [response] = await once(sent, "response");
      response.resume();
      assert.ok([301, 308].includes(response.statusCode), String(response.statusCode));
      assert.match(response.headers.location ?? "", new RegExp(`^https://${proxy.host}`));
    });
  });
}

describe("[NODE-11] automatic certificates", () => {
  let authority: { readonly url: string; readonly caFile: string; httpPort: number; tlsPort: number };

  before(async () => {
    const folder = await temporaryFolder();
    const [port = 0, management = 0, dns = 0, names = 0, httpPort = 0, tlsPort = 0] = await freePorts(6);
    const { cert, key } = await selfSignedTls(folder, "127.0.0.1", Date.now());
    const file = (name: string) => join(folder, name);
    await writeFile(file("cert.pem"), cert);
    await writeFile(file("key.pem"), key, { mode: 0o600 });
    const pebble = {
      listenAddress: `127.0.0.1:${port}`,
      managementListenAddress: `127.0.0.1:${management}`,
      certificate: file("cert.pem"),
      privateKey: file("key.pem"),
      httpPort,
      tlsPort,
    };
    await writeFile(file("pebble.json"), JSON.stringify({ pebble }));
    // Every name is this machine.
    const resolver = ["-dns01", `127.0.0.1:${dns}`, "-management", `127.0.0.1:${names}`, "-defaultIPv6", ""];
    const none = ["-http01", "", "-https01", "", "-tlsalpn01", ""];
    running.push(await startProgram("pebble-challtestsrv", [...resolver, ...none]));
    const args = ["-config", file("pebble.json"), "-dnsserver", `127.0.0.1:${dns}`, "-strict", "false"];
    const quick = { PEBBLE_VA_NOSLEEP: "1", PEBBLE_WFE_NONCEREJECT: "0" };
    const program = await startProgram("pebble", args, quick);
    running.push(program);
    await program.says(/ACME directory available/);
    authority = { url: `https://127.0.0.1:${port}/dir`, caFile: file("cert.pem"), httpPort, tlsPort };
  });

  /** Who vouches for the certificate that Caddy shows. */
  async function issuer(caddyfile: string, servername: string): Promise<string> {
    const folder = await temporaryFolder();
    const { url, caFile, httpPort, tlsPort } = authority;
    const place = `\tacme_ca ${url}\n\tacme_ca_root ${caFile}\n\thttp_port ${httpPort}\n\thttps_port ${tlsPort}`;
    const text = withWords(caddyfile, { "\tservers {": `${place}\n\tdefault_bind 127.0.0.1\n\tservers {` });
    const program = await startCaddy(folder, text);
    try {
      await program.says(/certificate obtained successfully/);
      return await shown(tlsPort, servername);
    } finally {
      await program.stop();
    }
  }

  /** Caddy shows a new certificate a moment after it has told of it; until then it refuses the handshake. */
  async function shown(port: number, servername: string): Promise<string> {
    for (let left = HANDSHAKES_MAX; ; left -= 1) {
      const socket = connect({ host: "127.0.0.1", port, servername, rejectUnauthorized: false });
      try {
        await once(socket, "secureConnect");
        const { issuer: by, subjectaltname } = socket.getPeerCertificate();
        return `${subjectaltname} by ${by.CN}`;
      } catch (error) {
        if (left === 0) throw error;
      } finally {
        socket.destroy();
      }
    }
  }

  test("for a name, as init writes it", async () => {
    const text = await fromInit("--address", "chat.parley-im.org", "--certificate", "acme", "--acme-email", "a@b.org");
    assert.match(await issuer(text, "chat.parley-im.org"), /^DNS:chat\.parley-im\.org by Pebble/);
  });

  test("for an IP address; Debian's Caddy knows no profiles, which Let's Encrypt asks for there", async () => {
    const text = await fromInit("--address", "8.8.8.8", "--certificate", "acme");
    const here = withWords(text, { "\t\t\tprofile shortlived\n": "", "8.8.8.8": "127.0.0.1" });
    assert.match(await issuer(here, ""), /^IP Address:127\.0\.0\.1 by Pebble/);
  });
});
