import type { BusMessage } from "../bus/bus.ts";
import { createLocalBus } from "../bus/local.ts";
import type { Peer, Session } from "../live/caller.ts";
import { Live } from "../live/live.ts";
import { closeLobby, openLobby } from "../records/lobby.ts";
import { COPY_INTENT_MS, type CopyIntentArgs, type VoidedIntentArgs, voidCopies } from "../store/append-once.ts";
import type { Pages } from "../timelines/jobs.ts";
import { TimelinePool } from "../timelines/pool.ts";
import { type AccountServices, composeAccounts } from "./accounts/account-services.ts";
import { Revocations } from "./accounts/revocations.ts";
import { Sessions } from "./accounts/sessions.ts";
import { type CallServices, composeCalls } from "./calls/call-services.ts";
import { CALL_LOOK } from "./calls/call-watch.ts";
import { type ChatServices, composeChats } from "./chats/chat-services.ts";
import type { Core } from "./core.ts";
import { DUE_TERM_MS, Due } from "./deeds/due.ts";
import { Leader, TERM_MS } from "./deeds/leader.ts";
import { Replays } from "./deeds/replays.ts";
import { CLOSED_FILE, LATE_OBJECT } from "./files/file-closing.ts";
import { laterRef, UNKEPT } from "./files/file-refs.ts";
import { CHAT_FILES, composeFiles, type FileServices } from "./files/file-services.ts";
import { KEEP_INTENT_MS } from "./files/held-files.ts";
import { newId } from "./ids.ts";
import { FanOut } from "./inbox/fan-out.ts";
import { Inbox } from "./inbox/inbox.ts";
import { ChatLogs } from "./messages/chat-logs.ts";
import { EDIT_INTENT_MS } from "./messages/edits.ts";
import { ownFileContent } from "./messages/file-content.ts";
import { composeMessages, type MessageServices } from "./messages/message-services.ts";
import { SCHEDULED } from "./messages/scheduling.ts";
import { VANISHES } from "./messages/vanishing.ts";
import { VoidedCopies } from "./messages/voided-copies.ts";
import { Blobs } from "./people/blobs.ts";
import { composePeople, type PeopleServices } from "./people/people-services.ts";
import { visibleTo } from "./people/visibility.ts";
import { composePersonal, type PersonalServices } from "./personal/personal-services.ts";
import type { ServiceDeps } from "./service-deps.ts";

const DAY_MS = 24 * 3600_000;

type OfAllNouns = AccountServices & PeopleServices & ChatServices & MessageServices;

export interface Services extends Omit<OfAllNouns, "intents" | "entries" | "doorstep" | "pairs" | "vanishing"> {
  readonly deps: ServiceDeps;
  readonly blobs: Blobs;
  readonly files: Omit<FileServices, "intents">;
  readonly personal: Omit<PersonalServices, "intents">;
  readonly calls: CallServices;
  readonly fanOut: FanOut;
  readonly timelines: Pages;
  readonly credentials: Sessions;
  readonly hub: Live;
  /** For the gateway: resumption by ticket. */
  readonly sessions: {
    /** Null when the session was revoked or has expired. Changes nothing. */
    find(sessionId: string): Promise<Session | null>;
    /** The same, and extends it. */
    use(sessionId: string): Promise<Session | null>;
  };
  /** For the gateway: who is connected. */
  readonly live: {
    /** After `signIn`: events reach the peer from now on. */
    attach(peer: Peer): void;
    /** When the connection closes. */
    detach(peer: Peer): void;
  };
  /** Idempotent. Lets started deeds end; peers are closed by the gateway before. */
  dispose(): Promise<void>;
}

/** Replays unfinished deeds of an earlier life, then serves. */
export async function createServices(deps: ServiceDeps): Promise<Services> {
  const { store, clock, random, log, nodeId, epoch, config } = deps;
  const sessions = new Sessions(store, clock, random);
  const live = new Live({
    store,
    bus: deps.bus ?? createLocalBus(),
    clock,
    log,
    nodeId,
    standing: deps.standing ?? (() => ({ url: null, connections: 0, lagMs: 0 })),
    onGone: (session) => sessions.seen(session),
    touch: async (sessionId) => (await sessions.use(sessionId)) !== null,
    visible: (userId, userIds) => visibleTo(store, userId, userIds),
    calls: {
      heard: (message) => calls.known.heard(message),
      tellAnew: (callId) => calls.list.tellAnew(callId),
      catchUp: (concerned) => calls.list.catchUp(concerned),
    },
  });
  const announce = (message: BusMessage) => live.announce(message);
  const revocations = new Revocations(store, clock, {
    revoked: (sessionIds, why) => live.revoked(sessionIds, why),
    blind: () => live.suspend(),
    sighted: () => live.resume(),
  });
  const timelines = deps.pages ?? new TimelinePool(config.workersPool, deps.workerStore);
  const fanOut = new FanOut({ store, clock, announce, pages: timelines });
  const logs = new ChatLogs({
    store,
    clock,
    epoch: () => epoch.current(),
    announce,
    knownLength: (chatId) => live.rooms.knownLength(chatId),
  });
  const inbox = new Inbox(store, clock, announce);
  const core: Core = { store, clock, random, log, announce, logs, inbox, fanOut, due: () => due };

  const blobs = new Blobs(store, clock);
  const files = composeFiles(core, {
    objects: deps.objects,
    digests: deps.digests ?? null,
    room: config,
    retentionMs: config.fileRetention * DAY_MS,
    requireVoice: (chatId, userId) => messages.sending.requireVoice(chatId, userId),
  });
  const chats = composeChats(core, {
    blobs,
    forgetFiles: (chatId) => files.forgetChat(chatId),
    calls: {
      memberGone: (chatId, userId) => calls.calls.memberGone(chatId, userId),
      chatGone: (chatId) => calls.calls.chatGone(chatId),
    },
  });
  const people = composePeople(core, {
    blobs,
    openChat: (args) => chats.directChats.create(args),
    hangUp: (by, other) => calls.calls.parted(by, other),
  });
  const messages = composeMessages(core, {
    entries: chats.entries,
    nodeId,
    isForgotten: (id) => live.nodes.isForgotten(id),
    windowMs: config.retractWindow * 1000,
    files,
  });
  const calls = composeCalls(core, {
    vanishing: messages.vanishing,
    relays: deps.relays ?? null,
    tellHere: (message) => live.message(message),
  });
  const personal = composePersonal(core, {
    send: (sender, message) => messages.sending.sendScheduled(sender, message),
    files: {
      check: async (userId, content) => void (await ownFileContent(store, userId, content)),
      keep: (fileId, clientId) => files.refs.add(fileId, laterRef(clientId)),
      release: (fileId, clientId) => files.refs.release(fileId, laterRef(clientId)),
    },
  });
  const accounts = composeAccounts(core, {
    ...deps,
    mail: deps.mail ?? null,
    sessions,
    revocations,
    hangUp: (session) => calls.calls.deviceGone(session),
    leave: (args) => chats.groups.endDeed(args),
    forget: async (userId) => {
      await people.contacts.endAll(userId);
      await files.forgetOwner(userId);
    },
  });

  const nouns = [accounts.intents, people.intents, chats.intents, messages.intents, personal.intents, files.intents];
  const voidedCopies = new VoidedCopies(core);
  const replays = new Replays({
    store,
    clock,
    log,
    deeds: {
      ...accounts.intents.deeds,
      ...people.intents.deeds,
      ...chats.intents.deeds,
      ...messages.intents.deeds,
      ...personal.intents.deeds,
      ...files.intents.deeds,
      // Written by the store's `appendOnce` when a copy of an entry may still turn up, and when it has.
      copy: (args: CopyIntentArgs) => voidCopies(store, clock, args),
      voided: (args: VoidedIntentArgs) => voidedCopies.tell(args),
    },
    keptMs: { copy: COPY_INTENT_MS, edit: EDIT_INTENT_MS, keepFiles: KEEP_INTENT_MS },
  });
  const due = new Due({
    store,
    clock,
    log,
    deeds: {
      [SCHEDULED]: (name) => personal.scheduling.send(name),
      [UNKEPT]: (name) => files.removal.sweep(name),
      [LATE_OBJECT]: (key) => files.closing.sweepObject(key),
      [CLOSED_FILE]: (name) => files.closing.sweepClosed(name),
      [CHAT_FILES]: (chatId) => files.held.eraseChat(chatId),
      [VANISHES]: (name) => messages.vanishing.vanish(name),
      [CALL_LOOK]: (name) => calls.watch.look(name),
    },
  });
  const leader = new Leader({ store, clock, log, nodeId }, "intents", () => replays.replay(TERM_MS));
  const timekeeper = new Leader({ store, clock, log, nodeId }, "due", () => due.run(), {
    termMs: DUE_TERM_MS,
    needed: () => due.isAny(),
  });
  const { expiry } = files;
  const janitor =
    expiry === null
      ? null
      : new Leader({ store, clock, log, nodeId }, "files", () => expiry.run(), { needed: () => expiry.isAny() });
  await (config.lobby === "on"
    ? openLobby(store, { chatId: newId(random), name: config.lobbyName, at: clock.now() })
    : closeLobby(store));
  await revocations.start();
  await live.start();
  await replays.replay(0);
  leader.start();
  timekeeper.start();
  janitor?.start();
  const stopEpochs = epoch.onChange((name) => {
    messages.markers.forget();
    calls.known.forget();
    live.epochChanged(name);
  });

  let disposing: Promise<void> | null = null;
  const dispose = async () => {
    stopEpochs();
    revocations.stop();
    messages.markers.stop();
    messages.polls.stop();
    fanOut.stop();
    await files.completion.stop();
    await Promise.all([
      leader.stop(),
      timekeeper.stop(),
      janitor?.stop(),
      ...nouns.map((intents) => intents.settled()),
    ]);
    await accounts.mailCodes.stop();
    await live.stop();
    await timelines.dispose();
  };
  return {
    deps,
    ...accounts,
    ...people,
    ...chats,
    ...messages,
    personal,
    files,
    calls,
    blobs,
    fanOut,
    timelines,
    credentials: sessions,
    hub: live,
    sessions: {
      find: (sessionId) => sessions.find(sessionId),
      use: async (sessionId) => (await sessions.use(sessionId))?.session ?? null,
    },
    live,
    dispose: () => {
      disposing ??= dispose();
      return disposing;
    },
  };
}
