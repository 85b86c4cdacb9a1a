import { Client, memoryStorage } from "@parley/protocol/client";
import { autorun } from "mobx";
import { canStore } from "./cache/can-store.ts";
import { clientStorage } from "./cache/client-storage.ts";
import { KeptPictures } from "./cache/picture-shelf.ts";
import { quickShelf, Shelves } from "./cache/shelves.ts";
import { t } from "./i18n/t.ts";
import { listen } from "./model/apply-event.ts";
import type { DeviceChoices } from "./model/calls/own-media.ts";
import { type CallsAble, CallsDoor } from "./model/calls-door.ts";
import { Root } from "./model/root.ts";
import { followAddress, followArrival } from "./platform/address-bar.ts";
import { chooseCrypto, isCryptoChoice } from "./platform/choose-crypto.ts";
import { deviceParts } from "./platform/device-name.ts";
import { drawAvatar } from "./platform/draw-avatar.ts";
import { loadEmojiData } from "./platform/emoji-data.ts";
import { IconBadge } from "./platform/icon-badge.ts";
import { readyTone } from "./platform/tone.ts";
import { watchAttention } from "./platform/watch-attention.ts";
import { webArgon2id } from "./platform/web-argon2id.ts";
import { webClock } from "./platform/web-clock.ts";
import { webFileDevice } from "./platform/web-file-device.ts";
import { webFileHashes } from "./platform/web-file-hashes.ts";
import { webFileHttp } from "./platform/web-file-http.ts";
import { webLooks } from "./platform/web-looks.ts";
import { webNotices } from "./platform/web-notices.ts";
import { webPace } from "./platform/web-pace.ts";
import { webRandom } from "./platform/web-random.ts";
import { webRecorder } from "./platform/web-recorder.ts";
import { webSocket } from "./platform/web-socket.ts";
import { webTabs } from "./platform/web-tabs.ts";

/** Nobody reads a number on an icon faster. */
const BADGE_PAUSE_MS = 250;

/**
 * The one place that puts the app together: client library, cache and models. `#crypto=` forces a provider, for tests
 * and support; `#fp=` is the fingerprint that an invite link carries, `#invite=` and `#owner=` its code.
 */
export async function createApp(): Promise<Root> {
  const hash = new URLSearchParams(location.hash.slice(1));
  const wanted = hash.get("crypto");
  // Its tables open while it is being found out whether they may be written.
  const kept = clientStorage();
  const [storable, crypto] = await Promise.all([canStore(), chooseCrypto(isCryptoChoice(wanted) ? wanted : null)]);
  const fingerprint = hash.get("fp");
  const client = new Client({
    url: `${location.protocol === "https:" ? "wss:" : "ws:"}//${location.host}/ws`,
    openSocket: webSocket,
    crypto,
    argon2id: webArgon2id,
    storage: storable ? kept : memoryStorage(),
    clock: webClock,
    random: webRandom,
    device: { name: deviceName() },
    files: { http: webFileHttp, secure: isSecureContext, hashes: webFileHashes },
    calls: { openPeer: async () => (await import("./platform/calls/web-calls.ts")).openWebPeer },
    client: { version: "web/0.1.0", features: [] },
    ...(fingerprint === null ? {} : { channel: { expectedFingerprint: fingerprint } }),
    ...(storable ? { tabs: webTabs("parley") } : {}),
  });
  const shelves = new Shelves(storable);
  const pictures = new KeptPictures(storable);
  const root: Root = new Root(
    client,
    {
      drafts: shelves.shelf("drafts"),
      cards: shelves.shelf("cards"),
      contacts: shelves.shelf("contacts"),
      pictures,
      preferences: quickShelf("parley-looks"),
    },
    webClock,
    loadEmojiData,
    drawAvatar,
    webNotices(
      webLooks(() => webTabs("parley-attention")),
      quickShelf("parley-notices"),
      (chatId) => root.ui.openChat(chatId),
    ),
    webFileDevice,
    webRecorder,
    new CallsDoor(callsAble(), async () => {
      const [{ Calls }, { webCallDevice: device }] = await Promise.all([
        import("./model/calls/calls.ts"),
        import("./platform/calls/web-calls.ts"),
      ]);
      const { chats, people, notices } = root;
      const choices = quickShelf<DeviceChoices>("parley-call-devices");
      return new Calls({ talk: client, chats, people, notices, clock: webClock, device, choices });
    }),
  );
  listen(root, client, webPace());
  client.on("state", (state) => {
    // The shelves belong to the person who was signed in.
    if (state.name === "signedOut" && state.why !== "new") void Promise.all([shelves.clear(), pictures.clear()]);
  });
  followAddress(root.ui);
  followArrival(root.session);
  root.follow();
  watchPage(root, client);
  watchAttention((away) => root.attention.setAway(away));
  const badge = new IconBadge();
  // What is read as it comes is drawn once, and not twice for each message.
  autorun(() => void badge.show(root.notices.attention), { delay: BADGE_PAUSE_MS });
  readyTone();
  await Promise.all([root.people.restore().then(() => root.contacts.restore()), root.drafts.restore()]);
  await client.start();
  return root;
}

function callsAble(): CallsAble {
  if (!isSecureContext) return "insecure";
  return "RTCPeerConnection" in globalThis && navigator.mediaDevices !== undefined ? "yes" : "missing";
}

function deviceName(): string {
  const { browser, system } = deviceParts(navigator.userAgent);
  return browser === "" || system === "" ? t("device.unknown") : t("device.name", { browser, system });
}

/** What the page itself learns: the network is gone or back, somebody looks at it, it is about to go. */
function watchPage(root: Root, client: Client): void {
  const lookAgain = () => {
    if (client.state.name === "waiting") client.reconnectNow();
  };
  addEventListener("online", lookAgain);
  // The connection may be to this very machine: it is asked, and not given up. Without one there is nothing to ask.
  addEventListener("offline", () => {
    if (client.state.name === "online") client.reconnectNow();
  });
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "visible") {
      lookAgain();
      // It may have been given or taken in the browser's own settings.
      root.notices.learnPermission();
    } else void root.drafts.flush();
  });
  addEventListener("beforeunload", (event) => {
    // The browser asks: a call, or files that are on their way would be lost with the page.
    if (root.uploads.busy || root.calls.calls?.current?.phase === "talking") event.preventDefault();
  });
  addEventListener("pagehide", () => {
    // The others need not wait for somebody who is gone.
    root.calls.calls?.current?.hangUp();
    void root.drafts.flush();
  });
}
