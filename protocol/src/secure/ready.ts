import { MAX_MESSAGE_BYTES } from "../limits.ts";
import { concat, u8, u16, u32, u64, v16 } from "./bytes.ts";
import { Reader } from "./reader.ts";

export const HEARTBEAT_SECONDS = 30;
export const IDLE_TIMEOUT_SECONDS = 75;

/** What the server says first (SPEC H17..). Fields that it leaves out have these defaults. */
export interface Ready {
  /** Bytes of one reassembled message that the server accepts. */
  readonly maxMessage: number;
  /** 0 when not told. */
  readonly serverTimeMs: number;
  readonly heartbeatSeconds: number;
  readonly idleTimeoutSeconds: number;
  /** The server wants IMSC under TLS as well: offer only `imsc.v1` from now on. */
  readonly requireImsc: boolean;
  readonly tlsAvailable: boolean;
  /** The session inside the ticket is signed in already. */
  readonly resumed: boolean;
  /** Spread reconnects after a restart over this time. */
  readonly reconnectSpreadMs: number;
}

/** What a server is told to say; the rest the channel knows by itself. */
export type ReadySettings = Pick<
  Ready,
  "heartbeatSeconds" | "idleTimeoutSeconds" | "requireImsc" | "tlsAvailable" | "reconnectSpreadMs"
>;

const FIELD = {
  maxMessage: 1,
  serverTime: 2,
  heartbeat: 3,
  idleTimeout: 4,
  flags: 5,
  authState: 6,
  reconnectSpread: 7,
} as const;
const FLAG_REQUIRE_IMSC = 1;
const FLAG_TLS_AVAILABLE = 2;

export function encodeReady(ready: Ready): Uint8Array {
  const flags = (ready.requireImsc ? FLAG_REQUIRE_IMSC : 0) | (ready.tlsAvailable ? FLAG_TLS_AVAILABLE : 0);
  const fields: readonly (readonly [type: number, value: Uint8Array])[] = [
    [FIELD.maxMessage, u32(ready.maxMessage)],
    [FIELD.serverTime, u64(ready.serverTimeMs)],
    [FIELD.heartbeat, u16(ready.heartbeatSeconds)],
    [FIELD.idleTimeout, u16(ready.idleTimeoutSeconds)],
    [FIELD.flags, u8(flags)],
    [FIELD.authState, u8(ready.resumed ? 1 : 0)],
    [FIELD.reconnectSpread, u32(ready.reconnectSpreadMs)],
  ];
  return concat(...fields.flatMap(([type, value]) => [u16(type), v16(value)]));
}

/** Unknown fields are skipped. Throws `bad_frame`. */
export function decodeReady(body: Uint8Array): Ready {
  const values = new Map<number, Reader>();
  const reader = new Reader(body);
  while (!reader.done) values.set(reader.u16(), new Reader(reader.v16()));
  const flags = values.get(FIELD.flags)?.u8() ?? 0;
  return {
    maxMessage: values.get(FIELD.maxMessage)?.u32() ?? MAX_MESSAGE_BYTES,
    serverTimeMs: values.get(FIELD.serverTime)?.u64() ?? 0,
    heartbeatSeconds: values.get(FIELD.heartbeat)?.u16() ?? HEARTBEAT_SECONDS,
    idleTimeoutSeconds: values.get(FIELD.idleTimeout)?.u16() ?? IDLE_TIMEOUT_SECONDS,
    requireImsc: (flags & FLAG_REQUIRE_IMSC) !== 0,
    tlsAvailable: (flags & FLAG_TLS_AVAILABLE) !== 0,
    resumed: values.get(FIELD.authState)?.u8() === 1,
    reconnectSpreadMs: values.get(FIELD.reconnectSpread)?.u32() ?? 0,
  };
}
