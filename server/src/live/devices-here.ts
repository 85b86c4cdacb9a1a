import type { DeviceId, UserId } from "@parley/protocol";
import type { Peer, Session } from "./caller.ts";

interface Device {
  readonly peers: Set<Peer>;
  readonly away: Set<Peer>;
}

export type DeviceState = "here" | "away" | "gone";

/** Devices by their connections to this node. A device is away when nobody looks at any of its connections. */
export class DevicesHere {
  readonly #devices = new Map<string, Device>();

  arrived(session: Session, peer: Peer): DeviceState {
    const key = keyOf(session);
    const device = this.#devices.get(key) ?? { peers: new Set(), away: new Set() };
    device.peers.add(peer);
    this.#devices.set(key, device);
    return this.stateOf(session);
  }

  left(session: Session, peer: Peer): DeviceState {
    const device = this.#devices.get(keyOf(session));
    device?.peers.delete(peer);
    device?.away.delete(peer);
    if (device?.peers.size === 0) this.#devices.delete(keyOf(session));
    return this.stateOf(session);
  }

  /** Of a connection that is not here any more nothing is kept. */
  setAway(session: Session, peer: Peer, away: boolean): DeviceState {
    const device = this.#devices.get(keyOf(session));
    if (device?.peers.has(peer) === true) {
      if (away) device.away.add(peer);
      else device.away.delete(peer);
    }
    return this.stateOf(session);
  }

  stateOf(session: Pick<Session, "userId" | "deviceId">): DeviceState {
    const device = this.#devices.get(keyOf(session));
    if (device === undefined) return "gone";
    return device.away.size === device.peers.size ? "away" : "here";
  }
}

const keyOf = ({ userId, deviceId }: { readonly userId: UserId; readonly deviceId: DeviceId }) =>
  `${userId}:${deviceId}`;
