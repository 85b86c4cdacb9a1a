import type { Client, ClientEventName, ClientEvents } from "@parley/protocol/client";
import { runInAction } from "mobx";
import { Arrivals, NO_PACE, type Pace } from "./arrivals.ts";
import { LOOK_KEY } from "./preferences.ts";
import type { Root } from "./root.ts";

type Appliers = { readonly [E in ClientEventName]: (root: Root, value: ClientEvents[E]) => void };

/** THE TABLE: what each event of the client library does to the models. */
const APPLIERS: Appliers = {
  state(root, state) {
    root.session.apply(state);
    root.connection.apply(state);
    if (state.name === "signedOut") root.forgetPerson(state.why);
    if (state.name !== "online") {
      root.people.forgetPresence();
      root.attention.applyOnline(false);
    }
  },
  loaded(root, { chats, outbox }) {
    root.session.learnUser();
    if (root.session.userId != null) root.people.want([root.session.userId]);
    root.chats.applyLoaded(chats, outbox);
    for (const view of chats) root.drafts.learn(view.chat.chatId, view.draft);
    root.notices.applyAll(chats);
    root.preferences.applyCommon();
    root.relay.apply();
  },
  messages(root, { chatId, messages, source, restart }) {
    const chat = root.chats.get(chatId);
    chat?.applyMessages(messages, restart);
    void root.notices.arrived(chatId, messages, restart ? "sync" : source);
    if (source === "live") chat?.reactions.arrived(messages.map(({ seq }) => seq));
  },
  messagesChanged(root, { chatId, messages }) {
    root.chats.get(chatId)?.revise(messages);
  },
  chat(root, view) {
    root.chats.applyView(view);
    root.drafts.learn(view.chat.chatId, view.draft);
    root.notices.applyView(view);
  },
  chatRemoved(root, { chatId }) {
    const chat = root.chats.get(chatId);
    if (root.ui.chatId === chatId) {
      if (chat !== undefined) root.ui.tell({ kind: "removedFrom", title: chat.title });
      root.ui.goHome();
    }
    root.chats.remove(chatId);
    root.notices.remove(chatId);
  },
  reaction(root, { chatId, ...reaction }) {
    root.chats.get(chatId)?.reactions.apply(reaction);
  },
  poll(root, { chatId, seq }) {
    root.chats.get(chatId)?.polls.apply(seq);
  },
  sessionEnded() {},
  setting(root, { key }) {
    root.notices.applySettings();
    root.relay.apply();
    if (key === LOOK_KEY) root.preferences.applyCommon();
  },
  wishRefused(root, { wish, why }) {
    // It stays here; a message for every letter would help nobody.
    if (wish.about === "draft") return;
    root.ui.tell({ kind: "failure", failure: { name: why, retryAfterMs: 0 } });
  },
  // What most notices change comes as `chat` or `messagesChanged` too.
  notice(root, notice) {
    if (notice.kind === "contact") void root.contacts.noticed(notice.userId);
    if (notice.kind === "invitation") void root.invitations.load();
    if (notice.kind === "joinRequest") void root.chats.get(notice.chatId)?.door.loadRequests();
    if (notice.kind === "account") void root.account.load().catch(() => {});
    if (notice.kind === "scheduled") void root.scheduled.refresh();
  },
  memberChanged(root, change) {
    root.chats.get(change.chatId)?.applyMember(change);
  },
  receipts(root, { chatId, userId, read, delivered }) {
    root.chats.get(chatId)?.applyReceipt(userId, { read, delivered });
  },
  call(root, { call }) {
    root.calls.apply(call);
  },
  callGone(root, { callId }) {
    root.calls.remove(callId);
  },
  typing(root, { chatId, userId, typing }) {
    if (userId !== root.session.userId) root.chats.get(chatId)?.typing.apply(userId, typing);
  },
  presence(root, presence) {
    root.people.applyPresence(presence);
  },
  outbox(root, change) {
    const chatId = "entry" in change ? change.entry.chatId : change.chatId;
    root.chats.get(chatId)?.applyOutbox(change);
  },
  synced(root) {
    root.applySynced();
  },
  identityRotated(root, rotation) {
    root.connection.applyRotation(rotation);
  },
  reset(root, { chats }) {
    root.chats.replaceAll(chats);
    root.notices.applyAll(chats);
    root.people.forgetPresence();
  },
  warning(root, { what }) {
    root.connection.applyWarning(what);
  },
};

export function applyEvent<E extends ClientEventName>(root: Root, event: E, value: ClientEvents[E]): void {
  runInAction(() => APPLIERS[event](root, value));
}

/** Every event of the library goes through the table, in its order. The answer ends it. */
export function listen(root: Root, client: Pick<Client, "on">, pace: Pace = NO_PACE): () => void {
  const arrivals = new Arrivals(applyAll, pace, root.clock);
  const listenTo = <E extends ClientEventName>(event: E) =>
    client.on(event, (value) => arrivals.tell(() => APPLIERS[event](root, value), mayWait(root, event, value)));
  const ends = (Object.keys(APPLIERS) as ClientEventName[]).map((event) => listenTo(event));
  return () => {
    for (const end of ends) end();
    arrivals.flush();
  };
}

/** One that fails is told when the others are applied. */
function applyAll(told: readonly (() => void)[]): void {
  const errors: unknown[] = [];
  runInAction(() => {
    for (const apply of told) {
      try {
        apply();
      } catch (error) {
        errors.push(error);
      }
    }
  });
  if (errors.length > 0) throw errors[0];
}

/**
 * What others do, and what this device did itself, as the server tells it: nobody waits for it, and beside messages it comes as
 * often as they do. Were one of these shown at once, what waits would be shown with it.
 */
const MAY_WAIT: ReadonlySet<ClientEventName> = new Set(["chat", "notice", "receipts", "typing", "presence"]);

/** Beside those, what others have said. */
function mayWait<E extends ClientEventName>({ session }: Root, event: E, value: ClientEvents[E]): boolean {
  if (event !== "messages") return MAY_WAIT.has(event);
  const { messages, source, restart } = value as ClientEvents["messages"];
  return source === "live" && !restart && messages.every((one) => one.kind !== "void" && one.sender !== session.userId);
}
