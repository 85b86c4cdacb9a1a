import type { Socket } from "node:net";
import { limitKey } from "./address.ts";
import type { GatewayLimits } from "./limits.ts";
import type { Proxies } from "./proxies.ts";

type Place = Pick<Socket, "remoteAddress" | "remotePort">;

/**
 * Sockets that have not become a WebSocket: whoever opens them and says nothing, or no more than half a request, holds
 * memory and a descriptor until the time for headers is over. Without a bound one machine takes all of the process's,
 * and then files cannot be opened for those who are connected.
 */
export class PlainSockets {
  readonly #limits: GatewayLimits;
  readonly #proxies: Proxies;
  /** Address and port of the other side -> where it is counted: below TLS a socket is another object than above. */
  readonly #open = new Map<string, string>();
  readonly #byAddress = new Map<string, number>();

  constructor(limits: GatewayLimits, proxies: Proxies) {
    this.#limits = limits;
    this.#proxies = proxies;
  }

  /** Counts the socket, once, until it is closed or `upgraded`; false: there are too many. */
  admit(socket: Socket): boolean {
    const name = nameOf(socket);
    if (this.#open.has(name)) return true;
    const address = socket.remoteAddress ?? "";
    // Whose sockets a proxy holds, nobody knows yet.
    const key = this.#proxies.trusts(address) ? "" : limitKey(address);
    const ofAddress = this.#byAddress.get(key) ?? 0;
    if (this.#open.size >= this.#limits.plainSockets) return false;
    if (key !== "" && ofAddress >= this.#limits.plainSocketsPerAddress) return false;
    this.#open.set(name, key);
    this.#byAddress.set(key, ofAddress + 1);
    socket.once("close", () => this.#release(name));
    return true;
  }

  upgraded(socket: Place): void {
    this.#release(nameOf(socket));
  }

  #release(name: string): void {
    const key = this.#open.get(name);
    if (key === undefined) return;
    this.#open.delete(name);
    const left = (this.#byAddress.get(key) ?? 1) - 1;
    if (left > 0) this.#byAddress.set(key, left);
    else this.#byAddress.delete(key);
  }
}

function nameOf({ remoteAddress, remotePort }: Place): string {
  return `${remoteAddress} ${remotePort}`;
}
