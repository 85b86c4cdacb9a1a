import { isIP } from "node:net";
import { resolve } from "node:path";
import { isDeniedPeer } from "@parley/turn/relay-config";
import { type Address, parseAddress } from "./address.ts";
import { InitError } from "./init-error.ts";
import type { InitOptions } from "./options.ts";

export const CERTIFICATES = ["acme", "selfsigned", "proxy"] as const;
export const REGISTRATIONS = ["open", "invite", "closed"] as const;

export interface Answers {
  readonly address: Address;
  readonly certificate: (typeof CERTIFICATES)[number];
  readonly registration: (typeof REGISTRATIONS)[number];
  /** Absolute. */
  readonly folder: string;
  readonly name: string;
  /** Empty: none. */
  readonly acmeEmail: string;
  /** Null: no relay. */
  readonly calls: CallsAsked | null;
  readonly force: boolean;
}

export interface CallsAsked {
  /** Empty: none was given. */
  readonly publicIp: string;
  /** Empty: none was given. */
  readonly lan: string;
  /** None: to be found out. */
  readonly listen: readonly string[];
}

/** What fits together, or an `InitError` that names the option. */
export function checkAnswers(options: InitOptions): Answers {
  const address = checkedAddress(options.address);
  const certificate = checkedCertificate(options.certificate, address);
  const email = options["acme-email"];
  if (email !== "" && certificate !== "acme") {
    throw new InitError(`--acme-email is for --certificate acme, and this is ${certificate}.`);
  }
  if (email !== "" && !/^[^\s@"{}]+@[^\s@"{}]+$/.test(email)) {
    throw new InitError(`--acme-email ${email} is no address.`);
  }
  if (!isPlain(options.name) || options.name.trim() === "") {
    throw new InitError("--name is a line of text without quotes, backslashes, # and $.");
  }
  return {
    address,
    certificate,
    registration: oneOf("registration", options.registration, REGISTRATIONS),
    folder: checkedFolder(options.folder),
    name: options.name.trim(),
    acmeEmail: email,
    calls: checkCalls(options, address),
    force: options.force,
  };
}

export const checkedAddress = (text: string): Address => parseAddress(text);

export function checkedCertificate(text: string, address: Address): Answers["certificate"] {
  const certificate = oneOf("certificate", text, CERTIFICATES);
  if (certificate === "acme" && !address.public) {
    throw new InitError(
      `--certificate acme is for what the internet knows, and --address ${address.host} is not: take selfsigned or proxy.`,
    );
  }
  return certificate;
}

export function oneOf<T extends string>(option: string, text: string, values: readonly T[]): T {
  const value = values.find((known) => known === text.trim());
  if (value !== undefined) return value;
  throw new InitError(`--${option} is ${values.join(" or ")}${text === "" ? ": it is missing" : `, not "${text}"`}.`);
}

/** What both a shell and Docker Compose read from a file of settings as it stands there. */
export function isPlain(text: string): boolean {
  return [...text].every((char) => char >= " " && char !== "\u007f") && !/["'`\\#$]/.test(text);
}

function checkedFolder(text: string): string {
  const folder = resolve(text);
  if (text.trim() === "" || !isPlain(folder) || folder.includes(":")) {
    throw new InitError("--folder is a path without quotes, colons, backslashes, # and $.");
  }
  return folder;
}

function checkCalls(options: InitOptions, address: Address): CallsAsked | null {
  const wanted =
    options.calls === "" ? (address.loopback ? "off" : "on") : oneOf("calls", options.calls, ["on", "off"]);
  const listen = options.listen
    .split(",")
    .map((item) => item.trim())
    .filter((item) => item !== "");
  const given = (["public-ip", "lan", "listen"] as const).find((name) => options[name] !== "");
  if (wanted === "off") {
    if (given !== undefined) throw new InitError(`--${given} is for the relay of calls, which --calls off leaves out.`);
    return null;
  }
  if (address.loopback) {
    throw new InitError(`--calls on: a relay at ${address.host} would be of no use to another machine.`);
  }
  const publicIp = options["public-ip"];
  if (publicIp !== "" && (isIP(publicIp) === 0 || isDeniedPeer(publicIp))) {
    throw new InitError(`--public-ip ${publicIp} is no public IP address.`);
  }
  if (publicIp !== "" && address.kind === "ip" && address.public && publicIp !== address.host) {
    throw new InitError(`--public-ip ${publicIp} is another address than --address ${address.host}.`);
  }
  for (const one of listen) {
    if (isIP(one) === 0) throw new InitError(`--listen ${one} is no IP address.`);
  }
  return { publicIp, lan: options.lan, listen };
}
