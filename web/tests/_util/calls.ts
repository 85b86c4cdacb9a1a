import type { Page } from "playwright-core";

interface Watched {
  readonly peers: RTCPeerConnection[];
}

/** Remembers the page's connections, so that a test can ask what came through them. */
export async function watchPeers(page: Page): Promise<void> {
  await page.context().addInitScript(() => {
    const peers: RTCPeerConnection[] = [];
    Object.assign(window, { peers });
    const Real = window.RTCPeerConnection;
    window.RTCPeerConnection = class extends Real {
      constructor(configuration?: RTCConfiguration) {
        super(configuration);
        peers.push(this);
      }
    };
  });
}

interface Received {
  readonly frames: number;
  /** Energy of what was heard; silence has none. */
  readonly sound: number;
  readonly relayed: boolean;
}

/** Of each connection that is open: what came and was shown or heard, and whether it took a relay. */
export function received(page: Page): Promise<Received[]> {
  return page.evaluate(async () => {
    const open = (window as unknown as Watched).peers.filter(({ connectionState }) => connectionState === "connected");
    return Promise.all(
      open.map(async (peer) => {
        const reports = [...(await peer.getStats()).values()];
        const ofType = (type: string) => reports.filter((report) => report.type === type);
        const sum = (name: string) => ofType("inbound-rtp").reduce((all, report) => all + (report[name] ?? 0), 0);
        const chosen = ofType("transport")[0]?.selectedCandidatePairId;
        const pair = reports.find(({ id }) => id === chosen);
        const ends = reports.filter(({ id }) => id === pair?.localCandidateId || id === pair?.remoteCandidateId);
        const relayed = ends.some(({ candidateType }) => candidateType === "relay");
        return { frames: sum("framesDecoded"), sound: sum("totalAudioEnergy"), relayed };
      }),
    );
  });
}

/** Until on so many connections another picture has come. */
export const picturesCome = (page: Page, connections = 1) => come(page, "frames", connections);

/** The same of something to hear. */
export const soundsCome = (page: Page, connections = 1) => come(page, "sound", connections);

async function come(page: Page, what: "frames" | "sound", connections: number): Promise<void> {
  const deadline = performance.now() + 20_000;
  const before = await received(page);
  for (;;) {
    const now = await received(page);
    if (now.length >= connections && now.every((one, at) => one[what] > (before[at]?.[what] ?? 0))) return;
    if (performance.now() > deadline) throw new Error(`No ${what}: ${JSON.stringify({ before, now })}`);
    await page.evaluate(() => new Promise(requestAnimationFrame));
  }
}

/** Of a bandwidth of its own: without one Chromium loses nothing. */
const LINE = { offline: false, latency: 1, downloadThroughput: 1e8, uploadThroughput: 1e8, packetQueueLength: 0 };

/** A line of the page's connections that are made from now on, whose losses can be set. */
export async function leakyLine(page: Page): Promise<{ lose(percent: number): Promise<void> }> {
  const session = await page.context().newCDPSession(page);
  await session.send("Network.enable");
  const lose = async (packetLoss: number) => {
    await session.send("Network.emulateNetworkConditions", { ...LINE, packetLoss });
  };
  await lose(0);
  return { lose };
}

/** Answers by this button, and waits until the other one is seen. */
export function firstPictureMs(page: Page, answer: string): Promise<number> {
  return page.evaluate(async (words) => {
    const buttons = [...document.querySelectorAll<HTMLElement>("[role=alertdialog] button")];
    const began = performance.now();
    buttons.find(({ textContent }) => textContent?.trim() === words)?.click();
    for (;;) {
      const video = document.querySelector<HTMLVideoElement>("video[data-main]");
      if (video !== null) {
        await new Promise((resolve) => video.requestVideoFrameCallback(resolve));
        return Math.round(performance.now() - began);
      }
      await new Promise(requestAnimationFrame);
    }
  }, answer);
}

/** As a browser that has to ask, and a person who says no: Chromium's pretended devices are always allowed. `mediaForbidden` is its mind. */
export async function forbidMedia(page: Page): Promise<void> {
  await page.evaluate(() => {
    const mind = Object.assign(window, { mediaForbidden: true });
    const { mediaDevices, permissions } = navigator;
    const [open, query] = [mediaDevices.getUserMedia.bind(mediaDevices), permissions.query.bind(permissions)];
    mediaDevices.getUserMedia = async (wanted) => {
      if (mind.mediaForbidden) throw new DOMException("No", "NotAllowedError");
      return open(wanted);
    };
    permissions.query = async (asked) => {
      const status = await query(asked);
      Object.defineProperty(status, "state", { value: "prompt" });
      return status;
    };
  });
}
