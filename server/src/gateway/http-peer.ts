import type { Peer, Session } from "../live/caller.ts";
import { usableHost } from "./address.ts";
import type { Origination } from "./proxies.ts";

/** There is no channel to name. */
const NO_BINDING = new Uint8Array(32);

let lastId = 0;

/** The caller of one HTTP request, as meaning sees it: nothing can be pushed, and nothing stays open to be closed. */
export class HttpPeer implements Peer {
  /** Below those of connections. */
  readonly id = --lastId;
  readonly channelBinding = NO_BINDING;
  readonly address: string;
  readonly host: string;
  readonly secure: boolean;
  session: Session | null;

  constructor(address: string, { host, secure }: Origination, session: Session | null) {
    this.address = address;
    this.host = usableHost(host);
    this.secure = secure;
    this.session = session;
  }

  signIn(session: Session): void {
    this.session = session;
  }

  push(): void {}

  close(): void {}
}
