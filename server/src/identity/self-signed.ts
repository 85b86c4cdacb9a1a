import { webcrypto } from "node:crypto";
import { isIP } from "node:net";
import { hostname } from "node:os";
import { join } from "node:path";
import { readIfThere, replacePrivateFile } from "./private-file.ts";
import type { Tls } from "./tls.ts";

const DAY_MS = 24 * 3600_000;
/** Browsers and systems refuse server certificates that are valid for longer. */
const VALID_DAYS = 397;
/** Renewed at a start within this time of its end. */
const RENEW_DAYS = 30;
/** Clients' clocks may be behind. */
const BACKDATE_DAYS = 1;

const ALGORITHM = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" } as const;

/**
 * A certificate that vouches for nobody but makes pages secure, once a person has accepted it; kept, so that they
 * accept it once. Made anew when it ends soon or lacks a host.
 */
export async function selfSignedTls(data: string, host: string, now: number): Promise<Tls> {
  // Loaded here, since most nodes never need it; it needs the first to be there before it.
  await import("reflect-metadata");
  const x509 = await import("@peculiar/x509");
  const path = join(data, "identity", "tls.pem");
  const names = namesOf(host);
  const kept = split((await readIfThere(path)) ?? "");
  if (kept !== null) {
    const certificate = new x509.X509Certificate(kept.cert);
    const alternatives = certificate.getExtension(x509.SubjectAlternativeNameExtension)?.names.items ?? [];
    const covers = names.every((name) => alternatives.some((other) => other.value === name.value));
    if (covers && certificate.notAfter.getTime() - now > RENEW_DAYS * DAY_MS) return kept;
  }
  x509.cryptoProvider.set(webcrypto);
  const keys = await webcrypto.subtle.generateKey(ALGORITHM, true, ["sign", "verify"]);
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    name: "CN=Parley",
    notBefore: new Date(now - BACKDATE_DAYS * DAY_MS),
    notAfter: new Date(now + (VALID_DAYS - BACKDATE_DAYS) * DAY_MS),
    signingAlgorithm: ALGORITHM,
    keys,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
      new x509.SubjectAlternativeNameExtension(names),
    ],
  });
  const key = await webcrypto.subtle.exportKey("pkcs8", keys.privateKey);
  const made = { cert: certificate.toString("pem"), key: x509.PemConverter.encode(key, "PRIVATE KEY") };
  await replacePrivateFile(path, `${made.cert}\n${made.key}\n`);
  return made;
}

interface Name {
  readonly type: "dns" | "ip";
  readonly value: string;
}

function namesOf(host: string): Name[] {
  const wildcard = host === "0.0.0.0" || host === "::";
  const values = ["localhost", "127.0.0.1", ...(wildcard ? [hostname()] : [host])];
  return [...new Set(values)].map((value) => ({ type: isIP(value) === 0 ? "dns" : "ip", value }));
}

function split(pem: string): Tls | null {
  const cert = /-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/.exec(pem)?.[0];
  const key = /-----BEGIN PRIVATE KEY-----[\s\S]*?-----END PRIVATE KEY-----/.exec(pem)?.[0];
  return cert === undefined || key === undefined ? null : { cert, key };
}
