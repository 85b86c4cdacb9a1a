import { type CallFact, type CallState, foldCall, nextCall, refusalOf } from "../src/call-state.ts";
import { Calls, type OwnMedia } from "../src/client/calls/calls.ts";
import { ClientError } from "../src/client/state.ts";
import { ReplyError } from "../src/errors.ts";
import { CALL_LOST_MS } from "../src/limits.ts";
import type { Method, Params, Result } from "../src/requests.ts";
import type { Call, CallSignalled, IceServers } from "../src/schema/call.ts";
import { MediaNetwork } from "./call-peers.ts";
import { seededRandom, VirtualTime } from "./client-virtual-time.ts";

const SWEEP_MS = 5_000;

/** How bad the ways of signals are. */
export interface Weather {
  /** Of what the server pushes. */
  lost: number;
  /** Up to so long a signal takes, each its own time: so they overtake each other. */
  delayMs: number;
}

/** A device of somebody: a socket that may be cut, and a client of calls. */
export class Device {
  readonly calls: Calls;
  readonly told: Call[] = [];
  readonly gone: string[] = [];
  isOnline = true;
  readonly userId: string;
  readonly deviceId: string;

  constructor(rig: CallRig, userId: string, deviceId: string) {
    this.userId = userId;
    this.deviceId = deviceId;
    const request = <M extends Method>(method: M, params: Params<M>) => rig.request(this, method, params);
    this.calls = new Calls({
      options: { openPeer: async () => rig.media.open(deviceId) },
      clock: rig.time,
      random: rig.random,
      serverNow: () => rig.time.now(),
      isOnline: () => this.isOnline,
      request,
      requestNow: request,
      changed: (call) => this.told.push(call),
      gone: (callId) => this.gone.push(callId),
      warning: (what) => rig.warnings.push(what),
    });
  }
}

/** Calls of several devices over a server that keeps facts, all in virtual time. */
export class CallRig {
  readonly time = new VirtualTime();
  readonly random;
  readonly media: MediaNetwork;
  readonly weather: Weather = { lost: 0, delayMs: 3 };
  readonly warnings: string[] = [];
  readonly devices: Device[] = [];
  readonly facts = new Map<string, CallFact[]>();
  ice: IceServers = { servers: [], expiresAt: Number.MAX_SAFE_INTEGER, relayOnly: false };
  signals = 0;
  /** What becomes of a signal on its way. */
  rewrite = (signalled: CallSignalled): CallSignalled => signalled;
  readonly #states = new Map<string, CallState>();
  readonly #kept = new Map<string, number>();

  constructor(seed: number) {
    this.random = seededRandom(seed);
    this.media = new MediaNetwork(this.time, this.random);
    const sweep = () => {
      this.#sweep();
      this.time.after(SWEEP_MS, sweep);
    };
    this.time.after(SWEEP_MS, sweep);
  }

  device(userId: string, deviceId = `${userId} 1`): Device {
    const device = new Device(this, userId, deviceId);
    this.devices.push(device);
    return device;
  }

  /** What was on its way to or from it is lost. */
  cut(device: Device): void {
    device.isOnline = false;
  }

  mend(device: Device): void {
    if (device.isOnline) return;
    device.isOnline = true;
    device.calls.online();
  }

  async request<M extends Method>(device: Device, method: M, params: Params<M>): Promise<Result<M>> {
    await this.#travel(device);
    const result = this.#answer(device, method, params as never);
    await this.#travel(device);
    if (result instanceof Error) throw result;
    return result as Result<M>;
  }

  #travel(device: Device): Promise<void> {
    return new Promise((resolve, reject) => {
      if (!device.isOnline) return reject(new ClientError("lost"));
      this.time.after(1 + this.random.fraction() * 2, () =>
        device.isOnline ? resolve() : reject(new ClientError("lost")),
      );
    });
  }

  #answer(device: Device, method: Method, params: never): object | Error {
    const at = this.time.now();
    const { userId, deviceId } = device;
    switch (method) {
      case "call.start": {
        const { callId, chatId, participantId, video, streams, invited } = params as Params<"call.start">;
        const there = [...this.#states.values()].find(({ call }) => call.chatId === chatId && call.state !== "ended");
        if (there !== undefined) return { call: there.call, ice: this.ice };
        const fact = {
          kind: "started",
          at,
          chatId,
          caller: userId,
          deviceId,
          participantId,
          video,
          streams,
          messageId: callId,
        } as const;
        return this.#note(callId, { ...fact, invited: invited ?? [] }) ?? { call: this.call(callId), ice: this.ice };
      }
      case "call.join": {
        const { callId, participantId, streams } = params as Params<"call.join">;
        const fact = { kind: "joined", at, userId, deviceId, participantId, streams } as const;
        return this.#note(callId, fact) ?? { call: this.call(callId), ice: this.ice };
      }
      case "call.leave": {
        const { callId, participantId } = params as Params<"call.leave">;
        return this.#note(callId, { kind: "left", at, participantId }) ?? {};
      }
      case "call.refuse": {
        const { callId, why } = params as Params<"call.refuse">;
        return this.#note(callId, { kind: "refused", at, userId, why }) ?? {};
      }
      case "call.ringing":
        return this.#note((params as Params<"call.ringing">).callId, { kind: "rang", at, userId }) ?? {};
      case "call.setStreams": {
        const { callId, participantId, streams } = params as Params<"call.setStreams">;
        return this.#note(callId, { kind: "streams", at, participantId, streams }) ?? {};
      }
      case "call.keep": {
        const { callId, participantId } = params as Params<"call.keep">;
        const call = this.call(callId);
        if (call?.participants.every((one) => one.participantId !== participantId))
          return new ReplyError("NOT_IN_CALL");
        this.#kept.set(participantId, at);
        return { version: call?.version ?? 1 };
      }
      case "call.get": {
        const call = this.call((params as Params<"call.get">).callId);
        return call === undefined ? new ReplyError("CALL_NOT_FOUND") : { call };
      }
      case "call.list":
        return { calls: [...this.#states.values()].map(({ call }) => call).filter(({ state }) => state !== "ended") };
      case "call.ice":
        return { ice: this.ice };
      case "call.signal":
        return this.#signal(params);
      default:
        return new ReplyError("METHOD_NOT_FOUND");
    }
  }

  call(callId: string): Call | undefined {
    return this.#states.get(callId)?.call;
  }

  /** Forgets it, as a store whose keys have expired. */
  forget(callId: string): void {
    this.#states.delete(callId);
  }

  #note(callId: string, fact: CallFact): Error | null {
    const state = this.#states.get(callId) ?? null;
    const refusal = refusalOf(state, fact);
    if (refusal === "unchanged") return null;
    if (refusal !== null) return new ReplyError(refusal);
    this.facts.set(callId, [...(this.facts.get(callId) ?? []), fact]);
    const next = nextCall(state, callId, fact) ?? foldCall(callId, [fact]);
    if (next === null) return new ReplyError("CALL_NOT_FOUND");
    this.#states.set(callId, next);
    if ("participantId" in fact) this.#kept.set(fact.participantId, fact.at);
    for (const device of this.devices) this.#push(device, () => device.calls.learn(next.call));
    return null;
  }

  #signal(signalled: CallSignalled): object | Error {
    const state = this.#states.get(signalled.callId);
    const to = state?.devices.get(signalled.to);
    if (to === undefined || !state?.call.participants.some((one) => one.participantId === signalled.from)) {
      return new ReplyError("NOT_IN_CALL");
    }
    this.signals += 1;
    const device = this.devices.find(({ deviceId }) => deviceId === to.deviceId);
    if (device !== undefined)
      this.#push(device, () => device.calls.signalled(this.rewrite(structuredClone(signalled))));
    return {};
  }

  #push(device: Device, event: () => void): void {
    const { lost, delayMs } = this.weather;
    if (!device.isOnline || this.random.fraction() < lost) return;
    this.time.after(this.random.fraction() * delayMs, () => {
      if (device.isOnline) event();
    });
  }

  #sweep(): void {
    const at = this.time.now();
    for (const [callId, { call }] of this.#states) {
      if (call.state === "ended") continue;
      for (const { participantId } of call.participants) {
        if (at - (this.#kept.get(participantId) ?? at) > CALL_LOST_MS)
          this.#note(callId, { kind: "left", at, participantId });
      }
      this.#note(callId, { kind: "unanswered", at });
    }
  }
}

/** A voice and, if wanted, a face. */
export function mediaOf(name: string, ...kinds: readonly string[]): OwnMedia {
  return {
    streams: [{ streamId: "camera", kind: "camera", audio: kinds.includes("audio"), video: kinds.includes("video") }],
    tracks: kinds.map((kind) => ({ streamId: "camera", track: { id: `${name} ${kind}`, kind } })),
  };
}
