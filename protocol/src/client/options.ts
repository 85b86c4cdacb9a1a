import type { Clock, Random } from "../platform.ts";
import type { ClientCrypto, KemName } from "../secure/index.ts";
import type { Argon2id } from "./argon2id.ts";
import type { CallsOptions } from "./calls/calls.ts";
import type { FilesOptions } from "./files/client-files.ts";
import type { OpenSocket } from "./socket.ts";
import type { ClientStorage } from "./storage.ts";
import type { TabChannel } from "./tab-channel.ts";

/** Everything that a client touches is handed in; it uses no global. */
export interface ClientOptions {
  /** `ws://host:port/ws` or `wss://…`. */
  readonly url: string;
  readonly openSocket: OpenSocket;
  /** The primitives of the channel: crypto-node, crypto-web or crypto-pure. */
  readonly crypto: ClientCrypto;
  readonly argon2id: Argon2id;
  readonly storage: ClientStorage;
  readonly clock: Clock;
  readonly random: Random;
  /** Shown in the list of devices, at most 64 characters. */
  readonly device: { readonly name: string };
  /** Name and version of the program, ASCII, such as `web/1.2.0`, and what it can do. */
  readonly client?: { readonly version: string; readonly features: readonly string[] };
  readonly channel?: ChannelOptions;
  /** Absent where a storage has one client only. */
  readonly tabs?: TabChannel;
  /** Absent where no files are sent or read. */
  readonly files?: FilesOptions;
  /** Absent where nobody can talk. */
  readonly calls?: CallsOptions;
  /** Messages of each chat to bring at a sign-in (0 to 50, default 20). */
  readonly newest?: number;
}

export interface ChannelOptions {
  /** Over wss://: `auto` lets the server choose TLS alone; `always` seals inside TLS too. Default `auto`. */
  readonly setting?: "auto" | "always";
  /** Clear frames to a loopback address, for development; the server must allow it too. Default false. */
  readonly clearLoopback?: boolean;
  /** Key exchange of a first connection. Default `rsa2048`. */
  readonly kem?: KemName;
  /** The fingerprint that an invite link carried, as text: anything else is a mismatch, and a match is verified. */
  readonly expectedFingerprint?: string;
}
