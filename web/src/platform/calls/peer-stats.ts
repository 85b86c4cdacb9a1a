import type { PeerLook } from "@parley/protocol/client";

/** Fewer packets say nothing of the line. */
const TELLING_PACKETS = 20;

interface Report {
  readonly id: string;
  readonly type: string;
  readonly [name: string]: unknown;
}

/** Reads what getStats says of a connection (W3C webrtc-stats). */
export class PeerStats {
  readonly #connection: RTCPeerConnection;
  #received = 0;
  #lost = 0;

  constructor(connection: RTCPeerConnection) {
    this.#connection = connection;
  }

  async look(): Promise<PeerLook> {
    const reports = new Map<string, Report>();
    for (const [id, report] of (await this.#connection.getStats()) as unknown as Map<string, Report>) {
      reports.set(id, report);
    }
    const all = [...reports.values()];
    const pair = chosenPair(all, reports);
    const inbound = all.filter(({ type }) => type === "inbound-rtp");
    const outLost = all
      .filter(({ type }) => type === "remote-inbound-rtp")
      .map(({ fractionLost }) => numberOf(fractionLost));
    const lost = [this.#inboundLost(inbound), ...outLost].filter((one) => one !== null);
    const roundTrip = numberOf(pair?.currentRoundTripTime);
    return {
      path: pair === undefined ? null : pathOf(pair, reports),
      roundTripMs: roundTrip === null ? null : Math.round(roundTrip * 1000),
      lostFraction: lost.length === 0 ? null : Math.max(...lost),
      framesDecoded: sum(inbound, "framesDecoded"),
    };
  }

  /** Since the last look. */
  #inboundLost(inbound: readonly Report[]): number | null {
    const received = sum(inbound, "packetsReceived");
    const lost = Math.max(0, sum(inbound, "packetsLost"));
    const [newReceived, newLost] = [received - this.#received, Math.max(0, lost - this.#lost)];
    [this.#received, this.#lost] = [received, lost];
    const packets = newReceived + newLost;
    return packets < TELLING_PACKETS ? null : newLost / packets;
  }
}

/** Firefox has no transport report, but says of the pair itself that it is chosen. */
function chosenPair(all: readonly Report[], reports: ReadonlyMap<string, Report>): Report | undefined {
  const transport = all.find(({ type, selectedCandidatePairId }) => type === "transport" && selectedCandidatePairId);
  const chosen = reports.get(String(transport?.selectedCandidatePairId));
  return chosen ?? all.find(({ type, selected }) => type === "candidate-pair" && selected === true);
}

function pathOf(pair: Report, reports: ReadonlyMap<string, Report>): PeerLook["path"] {
  const types = [pair.localCandidateId, pair.remoteCandidateId].map((id) => reports.get(String(id))?.candidateType);
  return types.includes("relay") ? "relayed" : "direct";
}

function sum(reports: readonly Report[], name: string): number {
  return reports.reduce((all, report) => all + (numberOf(report[name]) ?? 0), 0);
}

function numberOf(value: unknown): number | null {
  return typeof value === "number" && Number.isFinite(value) ? value : null;
}
