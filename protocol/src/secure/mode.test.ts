import assert from "node:assert/strict";
import { test } from "node:test";
import {
  acceptsSelection,
  SUBPROTOCOL_CLEAR as CLEAR,
  chooseSubprotocols,
  modeLeavesOpen,
  type Offer,
  SUBPROTOCOL_SEALED as SEALED,
  type ServerModeSetting,
  selectSubprotocol,
} from "./mode.ts";
import type { Pin } from "./pin.ts";

const AUTO = { imsc: "auto", dev: false } as const;
const ALWAYS = { imsc: "always", dev: false } as const;
const DEV = { imsc: "auto", dev: true } as const;
const PIN: Pin = { fingerprint: "", firstSeenAt: 0, verified: false, tlsSeen: false, requireImsc: false };

test("[M3] [M5] [M6] what a client offers follows from its URL, its setting and its pin alone", () => {
  const sealed: Offer = { subprotocols: [SEALED] };
  const either: Offer = { subprotocols: [CLEAR, SEALED] };
  const rows: [string, typeof AUTO | typeof ALWAYS | typeof DEV, Pin | null, Offer][] = [
    ["ws://chat.example/ws", AUTO, null, sealed],
    ["ws://chat.example/ws", DEV, null, sealed],
    ["ws://192.168.1.4:4000/ws", DEV, null, sealed],
    ["ws://chat.example/ws", AUTO, { ...PIN, tlsSeen: true }, { refused: "tls_required" }],
    ["ws://localhost/ws", DEV, { ...PIN, tlsSeen: true }, { refused: "tls_required" }],
    ["ws://localhost:4000/ws", AUTO, null, sealed],
    ["ws://localhost:4000/ws", DEV, null, either],
    ["ws://127.0.0.1/ws", DEV, null, either],
    ["ws://[::1]/ws", DEV, null, either],
    ["ws://127.1/ws", DEV, null, either],
    ["ws://localhost/ws", DEV, { ...PIN, requireImsc: true }, sealed],
    // Names that only look like loopback.
    ["ws://localhost.evil.example/ws", DEV, null, sealed],
    ["ws://127.0.0.1.evil.example/ws", DEV, null, sealed],
    ["ws://localhost@evil.example/ws", DEV, null, sealed],
    ["wss://chat.example/ws", AUTO, null, either],
    ["wss://chat.example/ws", AUTO, { ...PIN, tlsSeen: true }, either],
    ["wss://chat.example/ws", AUTO, { ...PIN, requireImsc: true }, sealed],
    ["wss://chat.example/ws", ALWAYS, null, sealed],
    ["http://chat.example/ws", AUTO, null, { refused: "bad_url" }],
    ["chat.example", AUTO, null, { refused: "bad_url" }],
  ];
  for (const [url, setting, pin, offer] of rows) {
    assert.deepEqual(chooseSubprotocols(url, setting, pin), offer, `${url} ${JSON.stringify(setting)}`);
  }
});

test("[M4] a selection that was not offered is refused, and so is none", () => {
  assert.equal(acceptsSelection([SEALED], SEALED), true);
  assert.equal(acceptsSelection([SEALED], CLEAR), false);
  assert.equal(acceptsSelection([SEALED], ""), false);
  assert.equal(acceptsSelection([CLEAR, SEALED], CLEAR), true);
  assert.equal(acceptsSelection([CLEAR, SEALED], "IMSC.V1"), false);
});

test("[M7] what a server selects", () => {
  const remote = { tls: false, loopback: false };
  const local = { tls: false, loopback: true };
  const tls = { tls: true, loopback: false };
  const never = (imsc: ServerModeSetting["imsc"]): ServerModeSetting => ({ imsc, plaintextWs: "never" });
  const loopback = (imsc: ServerModeSetting["imsc"]): ServerModeSetting => ({ imsc, plaintextWs: "loopback" });
  const both = [CLEAR, SEALED];
  const rows: [readonly string[], ServerModeSetting, typeof remote, string | null][] = [
    [both, never("auto"), remote, SEALED],
    [[CLEAR], never("auto"), remote, null],
    [[CLEAR], loopback("auto"), remote, null],
    [[CLEAR], loopback("off"), remote, null],
    [both, never("auto"), local, SEALED],
    [[CLEAR], never("auto"), local, null],
    [both, loopback("auto"), local, CLEAR],
    [[SEALED], loopback("auto"), local, SEALED],
    [both, never("auto"), tls, CLEAR],
    [[SEALED], never("auto"), tls, SEALED],
    [both, never("always"), tls, SEALED],
    [[CLEAR], never("always"), tls, null],
    [both, loopback("always"), local, SEALED],
    [both, never("off"), tls, CLEAR],
    [[SEALED], never("off"), tls, null],
    [[], never("auto"), tls, null],
    [["chat", "soap"], never("auto"), tls, null],
  ];
  for (const [offered, setting, socket, selected] of rows) {
    assert.equal(selectSubprotocol(offered, setting, socket), selected, JSON.stringify([offered, setting, socket]));
  }
});

test("[M8] IMSC can be off only where every listener is TLS or loopback", () => {
  const off = { imsc: "off", plaintextWs: "never" } as const;
  assert.equal(modeLeavesOpen(off, [{ tls: true, loopback: false }]), false);
  assert.equal(modeLeavesOpen(off, [{ tls: false, loopback: true }]), false);
  assert.equal(
    modeLeavesOpen(off, [
      { tls: true, loopback: false },
      { tls: false, loopback: false },
    ]),
    true,
  );
  assert.equal(modeLeavesOpen({ ...off, imsc: "auto" }, [{ tls: false, loopback: false }]), false);
});

test("[M3] [M4] [M7] no pair of settings ends in the clear without TLS off the machine", () => {
  for (const imsc of ["auto", "always"] as const) {
    for (const dev of [true, false]) {
      for (const server of ["auto", "always", "off"] as const) {
        for (const plaintextWs of ["never", "loopback"] as const) {
          const offer = chooseSubprotocols("ws://chat.example/ws", { imsc, dev }, null);
          assert.ok("subprotocols" in offer);
          const socket = { tls: false, loopback: false };
          const selected = selectSubprotocol(offer.subprotocols, { imsc: server, plaintextWs }, socket);
          assert.notEqual(selected, CLEAR);
        }
      }
    }
  }
});
