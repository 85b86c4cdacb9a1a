import { fileURLToPath } from "node:url";

const TOOLS = fileURLToPath(new URL("../../../../server/dist/tests/_util", import.meta.url));

type Direction = "toServer" | "toClient";

/** Somebody between browser and server who writes down every byte: the tools of the server's own tests. */
export interface Wiretap {
  readonly port: number;
  recordings(direction: Direction): Buffer[];
  close(): Promise<void>;
}

interface FaultProxyModule {
  readonly FaultProxy: { open(options: { targetPort: number; record: true }): Promise<Wiretap> };
}

interface PayloadModule {
  webSocketPayloads(recorded: Buffer): Buffer;
  disguises(text: string): Buffer[];
}

export async function tapWire(targetPort: number): Promise<Wiretap> {
  const { FaultProxy } = (await import(`${TOOLS}/fault-proxy.js`)) as FaultProxyModule;
  return FaultProxy.open({ targetPort, record: true });
}

/** Everything that WebSockets carried in one direction, as it was on the wire but for the browser's masks. */
export async function overheard(wire: Wiretap, direction: Direction): Promise<Buffer> {
  const { webSocketPayloads } = (await import(`${TOOLS}/websocket-payloads.js`)) as PayloadModule;
  const head = direction === "toServer" ? /^GET \/ws / : /^HTTP\/1\.1 101 /;
  const connections = wire.recordings(direction).filter((bytes) => head.test(bytes.toString("latin1", 0, 32)));
  return Buffer.concat(connections.map(webSocketPayloads));
}

/** The text in each usual encoding. */
export async function disguises(text: string): Promise<Buffer[]> {
  return ((await import(`${TOOLS}/websocket-payloads.js`)) as PayloadModule).disguises(text);
}
