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

/** Of each connection that is open: pictures that came and were shown, and whether they took a relay. */
export function received(page: Page): Promise<{ readonly frames: number; readonly relayed: boolean }[]> {
  return page.evaluate(async () => {
    const open = (window as unknown as Watched).peers.filter(({ connectionState }) => connectionState === "connected");
    return Promise.all(
      open.map(async (peer) => {
        const reports = [...(await peer.getStats()).values()];
        const ofType = (type: string) => reports.filter((report) => report.type === type);
        const frames = ofType("inbound-rtp").reduce((sum, report) => sum + (report.framesDecoded ?? 0), 0);
        const chosen = ofType("transport")[0]?.selectedCandidatePairId;
        const pair = reports.find(({ id }) => id === chosen);
        const ends = reports.filter(({ id }) => id === pair?.localCandidateId || id === pair?.remoteCandidateId);
        return { frames, relayed: ends.some(({ candidateType }) => candidateType === "relay") };
      }),
    );
  });
}

/** Until on so many connections another picture has come. */
export async function picturesCome(page: Page, connections = 1): Promise<void> {
  const deadline = performance.now() + 20_000;
  const before = await received(page);
  for (;;) {
    const now = await received(page);
    if (now.length >= connections && now.every(({ frames }, at) => frames > (before[at]?.frames ?? 0))) return;
    if (performance.now() > deadline) throw new Error(`No pictures: ${JSON.stringify({ before, now })}`);
    await page.evaluate(() => new Promise(requestAnimationFrame));
  }
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
