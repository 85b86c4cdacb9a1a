import type { Clock, Random, UserId } from "@parley/protocol";
import type { Bus, BusMessage } from "../bus/bus.ts";
import { createLocalBus } from "../bus/local.ts";
import type { Peer, Session } from "../live/caller.ts";
import { Live } from "../live/live.ts";
import type { Log } from "../log.ts";
import { Letters } from "../mail/letters.ts";
import type { MailQueue } from "../mail/mail-queue.ts";
import { closeLobby, openLobby } from "../records/lobby.ts";
import { COPY_INTENT_MS, type CopyIntentArgs, voidCopies } from "../store/append-once.ts";
import type { Kv } from "../store/kv.ts";
import type { Pages } from "../timelines/jobs.ts";
import { TimelinePool } from "../timelines/pool.ts";
import { Accounts } from "./accounts/accounts.ts";
import { Codes } from "./accounts/codes.ts";
import { type DeleteArgs, Deletion } from "./accounts/deletion.ts";
import { DevicePolicy } from "./accounts/device-policy.ts";
import { Guesses } from "./accounts/guesses.ts";
import { Invites } from "./accounts/invites.ts";
import { MailCodes } from "./accounts/mail-codes.ts";
import { Names } from "./accounts/names.ts";
import { Ownership } from "./accounts/ownership.ts";
import { type HashPassword, PasswordHasher } from "./accounts/password-hash.ts";
import { Passwords } from "./accounts/passwords.ts";
import { Registration, type SettleArgs } from "./accounts/registration.ts";
import { type RenameArgs, Renaming } from "./accounts/renaming.ts";
import { type EndedWhy, Revocations, type RevokeArgs, revoke } from "./accounts/revocations.ts";
import type { AccountRules } from "./accounts/rules.ts";
import { Sessions } from "./accounts/sessions.ts";
import { SignIn } from "./accounts/sign-in.ts";
import { VerifierVault } from "./accounts/verifier.ts";
import { type ChangeArgs, ChatChanges } from "./chats/chat-changes.ts";
import { ChatEntries, type EntryArgs } from "./chats/chat-entries.ts";
import { type DirectArgs, DirectChats } from "./chats/direct-chats.ts";
import { DirectPeople } from "./chats/direct-people.ts";
import { type AskTellArgs, Doorstep, type InvitationTellArgs } from "./chats/doorstep.ts";
import { type CreateGroupArgs, Groups, type MemberArgs } from "./chats/groups.ts";
import { type JoinArgs, Joining } from "./chats/joining.ts";
import { LinkGuesses } from "./chats/link-guesses.ts";
import { Links } from "./chats/links.ts";
import { type MuteArgs, type RoleArgs, Roles, type TransferArgs } from "./chats/roles.ts";
import { DUE_TERM_MS, Due } from "./deeds/due.ts";
import { Intents } from "./deeds/intents.ts";
import { Leader, TERM_MS } from "./deeds/leader.ts";
import { newId } from "./ids.ts";
import { FanOut } from "./inbox/fan-out.ts";
import { Inbox } from "./inbox/inbox.ts";
import { ChatLogs } from "./messages/chat-logs.ts";
import { type EditArgs, Edits } from "./messages/edits.ts";
import { Markers } from "./messages/markers.ts";
import { type MentionArgs, Mentions } from "./messages/mentions.ts";
import { type PinArgs, Pins } from "./messages/pins.ts";
import { Polls } from "./messages/polls.ts";
import { eraseReactions, Reactions } from "./messages/reactions.ts";
import { type RetractArgs, Retracts } from "./messages/retracts.ts";
import { SCHEDULED, type ScheduleArgs, Scheduling } from "./messages/scheduling.ts";
import { Sending } from "./messages/sending.ts";
import { VANISHES, type VanishArgs, Vanishing } from "./messages/vanishing.ts";
import { Blobs } from "./people/blobs.ts";
import { type ContactNotedArgs, Contacts } from "./people/contacts.ts";
import { Directory } from "./people/directory.ts";
import { type PairArgs, Pairs } from "./people/pairs.ts";
import { type AccountChangedArgs, Profiles } from "./people/profiles.ts";
import { visibleTo } from "./people/visibility.ts";
import { type HideArgs, Hiding } from "./personal/hiding.ts";
import { OwnChats } from "./personal/own-chats.ts";
import { type PersonalArgs, PersonalState } from "./personal/personal-state.ts";
import { Settings } from "./personal/settings.ts";
import { Stars } from "./personal/stars.ts";

export interface ServiceDeps {
  readonly store: Kv;
  /** How workers open the store; sent to them by structured clone. */
  readonly workerStore: { readonly location: string };
  /** Absent: this node is alone. Not closed by `dispose`. */
  readonly bus?: Bus;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** Absent: the server sends no mail. Not closed by `dispose`. */
  readonly mail?: MailQueue | null;
  readonly config: AccountRules & {
    readonly name: string;
    readonly version: string;
    /** Threads that assemble pages. */
    readonly workersPool: number;
    /** Messages of each chat in `sync.pull` unless the client says. */
    readonly newest: number;
    /** Seconds in which people may retract or edit what they wrote. */
    readonly retractWindow: number;
    readonly lobby: "off" | "on";
    readonly lobbyName: string;
  };
  readonly deploymentSecret: Uint8Array;
  /** Unique to this life of the process: a node that restarts has another one. */
  readonly nodeId: string;
  readonly epoch: EpochSource;
  /** In place of the worker pool: a simulation has one thread and its own time. Disposed of by `dispose`. */
  readonly pages?: Pages;
  /** In place of argon2id, whose work takes real time. */
  readonly hashPassword?: HashPassword;
}

/** Which life of the store this is; whoever watches the store's connection raises it. */
export interface EpochSource {
  current(): string;
  /** The answer ends the subscription. */
  onChange(listener: (epoch: string) => void): () => void;
}

export interface Services {
  readonly deps: ServiceDeps;
  readonly registration: Registration;
  readonly signIn: SignIn;
  readonly mailCodes: MailCodes;
  readonly accounts: Accounts;
  readonly renaming: Renaming;
  readonly deletion: Deletion;
  readonly invites: Invites;
  readonly ownership: Ownership;
  readonly directory: Directory;
  readonly profiles: Profiles;
  readonly blobs: Blobs;
  readonly contacts: Contacts;
  readonly directChats: DirectChats;
  readonly groups: Groups;
  readonly roles: Roles;
  readonly chatChanges: ChatChanges;
  readonly joining: Joining;
  readonly sending: Sending;
  readonly retracts: Retracts;
  readonly edits: Edits;
  readonly fanOut: FanOut;
  readonly markers: Markers;
  /** What concerns one person alone, on all their devices. */
  readonly personal: {
    readonly settings: Settings;
    readonly ownChats: OwnChats;
    readonly stars: Stars;
    readonly hiding: Hiding;
    readonly scheduling: Scheduling;
  };
  readonly reactions: Reactions;
  readonly pins: Pins;
  readonly polls: Polls;
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
  const { store, clock, random, log, nodeId, epoch } = deps;
  const sessions = new Sessions(store, clock, random);
  const live = new Live({
    store,
    bus: deps.bus ?? createLocalBus(),
    clock,
    log,
    nodeId,
    onGone: (session) => sessions.seen(session),
    touch: async (sessionId) => (await sessions.use(sessionId)) !== null,
    visible: (userId, userIds) => visibleTo(store, userId, userIds),
  });
  const announce = (message: BusMessage) => live.announce(message);
  const inbox = new Inbox(store, clock, announce);
  const timelines = deps.pages ?? new TimelinePool(deps.config.workersPool, deps.workerStore);
  const fanOut = new FanOut({ store, clock, announce, pages: timelines });
  const logs = new ChatLogs({
    store,
    clock,
    epoch: () => epoch.current(),
    announce,
    knownLength: (chatId) => live.rooms.knownLength(chatId),
  });
  const revocations = new Revocations(store, clock, {
    revoked: (sessionIds, why) => live.revoked(sessionIds, why),
    blind: () => live.suspend(),
    sighted: () => live.resume(),
  });
  const mentions = new Mentions(store, inbox, fanOut);

  const intents: Intents<AllDeeds> = new Intents({
    store,
    clock,
    random,
    log,
    deeds: {
      openDirect: (args: DirectArgs) => directChats.create(args),
      createGroup: (args: CreateGroupArgs) => groups.createDeed(args),
      addMember: (args: MemberArgs) => groups.addDeed(args),
      endMembership: (args: MemberArgs) => groups.endDeed(args),
      deleteChat: (args: EntryArgs) => groups.deleteDeed(args),
      pin: (args: PinArgs) => pins.pinDeed(args),
      changeChat: (args: ChangeArgs) => chatChanges.changeDeed(args),
      setRole: (args: RoleArgs) => roles.setRoleDeed(args),
      transferGroup: (args: TransferArgs) => roles.transferDeed(args),
      muteMember: (args: MuteArgs) => roles.muteDeed(args),
      join: (args: JoinArgs) => joining.joinDeed(args),
      tellAsk: (args: AskTellArgs) => doorstep.tellAsk(args),
      tellInvitation: (args: InvitationTellArgs) => doorstep.tellInvitation(args),
      mention: (args: MentionArgs) => mentions.replay(args),
      retract: async (args: RetractArgs) => retracts.tell(args, await retracts.erase(args)),
      edit: (args: EditArgs) => edits.tell(args),
      revoke: (args: RevokeArgs) => revoke({ sessions, revocations, announce }, args),
      accountChanged: (args: AccountChangedArgs) => profiles.tell(args),
      pair: (args: PairArgs) => pairs.settle(args),
      contactNoted: (args: ContactNotedArgs) => contacts.tellNoted(args),
      endStale: (args: StaleArgs) => endStale(args),
      settleAccount: (args: SettleArgs) => registration.settle(args),
      rename: (args: RenameArgs) => renaming.rename(args),
      deleteAccount: (args: DeleteArgs) => deletion.remove(args),
      copy: (args: CopyIntentArgs) => voidCopies(store, args),
      personal: (args: PersonalArgs) => personalState.apply(args),
      hide: (args: HideArgs) => hiding.apply(args),
      schedule: (args: ScheduleArgs) => scheduling.apply(args),
      vanish: (args: VanishArgs) => vanishing.replay(args),
    },
    keptMs: { copy: COPY_INTENT_MS },
  });
  const blobs = new Blobs(store, clock);
  const profiles = new Profiles({
    store,
    inbox,
    blobs,
    begin: (args) => intents.begin("accountChanged", args.userId, args),
    visibilityChanged: (userId) => announce({ kind: "visibility", userId }),
  });
  const directChats = new DirectChats({
    store,
    clock,
    random,
    inbox,
    deed: (args) => intents.run("openDirect", args.chatId, args),
  });
  const entries = new ChatEntries({ store, clock, random, logs });
  const pairs = new Pairs({
    store,
    clock,
    random,
    inbox,
    logs,
    announce,
    openChat: (args) => directChats.create(args),
    begin: (args) => intents.begin("pair", [...args.people].sort().join(":"), args),
  });
  const contacts = new Contacts({
    store,
    inbox,
    pairs,
    begin: (args) => intents.begin("contactNoted", args.userId, args),
  });
  const doorstep = new Doorstep({
    store,
    clock,
    inbox,
    owe: {
      ask: (args) => intents.begin("tellAsk", args.chatId, args),
      invitation: (args) => intents.begin("tellInvitation", args.userId, args),
    },
  });
  const groups = new Groups({
    store,
    inbox,
    entries,
    doorstep,
    deeds: {
      createGroup: (args) => intents.run("createGroup", args.chatId, args),
      addMember: (args) => intents.run("addMember", args.chatId, args),
      endMembership: (args) => intents.run("endMembership", args.chatId, args),
      deleteChat: (args) => intents.run("deleteChat", args.chatId, args),
    },
  });
  const roles = new Roles({
    store,
    clock,
    entries,
    deeds: {
      setRole: (args) => intents.run("setRole", args.chatId, args),
      transferGroup: (args) => intents.run("transferGroup", args.chatId, args),
      muteMember: (args) => intents.run("muteMember", args.chatId, args),
    },
  });
  const chatChanges = new ChatChanges({
    store,
    entries,
    storeAvatar: (userId, data) => blobs.storeAvatar(userId, data),
    deed: (args) => intents.run("changeChat", args.chatId, args),
  });
  const directPeople = new DirectPeople(store);
  const joining = new Joining({
    store,
    entries,
    links: new Links(store, clock, random),
    guesses: new LinkGuesses(store, clock),
    doorstep,
    seat: (args) => groups.addDeed(args),
    deed: (args) => intents.run("join", args.chatId, args),
  });
  const sending = new Sending({
    store,
    clock,
    logs,
    directPeople,
    mentioning: (args, append) =>
      intents.runAhead("mention", args.chatId, args, {
        first: append,
        rest: ({ seq }) => mentions.tell(args, seq),
      }),
    vanishing: (args, append) =>
      intents.runAhead("vanish", args.chatId, args, {
        first: append,
        rest: ({ seq }) => vanishing.remember(args.chatId, seq),
      }),
  });
  const vanishing = new Vanishing({
    store,
    due: () => due,
    erase: async (chatId, seq) => {
      const args = { chatId, seq, at: clock.now() };
      await retracts.tell(args, await retracts.erase(args));
    },
  });
  const windowMs = deps.config.retractWindow * 1000;
  const retracts = new Retracts({
    store,
    clock,
    fanOut,
    windowMs,
    attached: [(chatId, seq) => eraseReactions(store, chatId, seq)],
    deed: (args) =>
      intents.runAhead("retract", args.chatId, args, {
        first: () => retracts.erase(args),
        rest: (retract) => retracts.tell(args, retract),
      }),
  });
  const edits = new Edits({
    store,
    clock,
    fanOut,
    mentions,
    windowMs,
    checkVoice: (chatId, member) => sending.checkVoice(chatId, member),
    deed: (args, write) => intents.runAhead("edit", args.chatId, args, { first: write, rest: () => edits.tell(args) }),
  });
  const markers = new Markers({
    store,
    clock,
    nodeId,
    inbox,
    announce,
    isForgotten: (id) => live.nodes.isForgotten(id),
  });

  const personalState = new PersonalState({
    store,
    clock,
    inbox,
    deed: (args) => intents.run("personal", args.userId, args),
  });
  const hiding = new Hiding({ store, inbox, deed: (args) => intents.run("hide", args.userId, args) });
  const scheduling = new Scheduling({
    store,
    clock,
    inbox,
    due: () => due,
    send: (sender, message) => sending.sendScheduled(sender, message),
    deed: (args) => intents.run("schedule", args.userId, args),
  });
  const due = new Due({
    store,
    clock,
    log,
    deeds: { [SCHEDULED]: (name) => scheduling.send(name), [VANISHES]: (name) => vanishing.vanish(name) },
  });
  const reactions = new Reactions({ store, clock, announce });
  const polls = new Polls({ store, clock, announce });
  const pins = new Pins({ store, entries, deed: (args) => intents.run("pin", args.chatId, args) });

  const { config, deploymentSecret } = deps;
  const mail = deps.mail ?? null;
  const letters = new Letters(config.name);
  const hasher = new PasswordHasher(deps.hashPassword);
  const vault = new VerifierVault(deploymentSecret, random);
  const guesses = new Guesses(store, clock);
  const names = new Names(store);
  const codes = new Codes({ store, clock, random, deploymentSecret });
  const ownership = new Ownership(store, random, deploymentSecret);
  const mayInvite = async (userId: UserId) => config.invites === "everyone" || ownership.isOwner(userId);
  const invites = new Invites({ store, clock, random, mayInvite });
  const revokeAll = async (ended: readonly Session[], why: EndedWhy) => {
    const [first] = ended;
    if (first !== undefined) await intents.run("revoke", first.userId, { sessions: ended, why });
  };
  const endStale = async ({ userId }: StaleArgs) => {
    const stale = await sessions.stale(userId);
    if (stale.length > 0) await revoke({ sessions, revocations, announce }, { sessions: stale });
  };
  const passwords = new Passwords({
    store,
    random,
    hasher,
    vault,
    guesses,
    endingStale: async (userId, write) => {
      const end = await intents.begin("endStale", userId, { userId });
      await write();
      await endStale({ userId });
      await end();
    },
  });
  const devices = new DevicePolicy({ store, clock, policy: config.sessions, sessions, revoke: revokeAll });
  const registration = new Registration({
    store,
    clock,
    random,
    rules: config,
    mails: mail !== null,
    hasher,
    vault,
    sessions,
    names,
    codes,
    invites,
    ownership,
    beginSettling: (args) => intents.begin("settleAccount", args.userId, args),
  });
  const signIn = new SignIn({ store, clock, random, vault, guesses, devices });
  const mailCodes = new MailCodes({ store, clock, log, mail, letters, names, codes, guesses, passwords, devices });
  const accounts = new Accounts({
    store,
    passwords,
    sessions,
    ownership,
    mayInvite,
    revoke: (ended) => revokeAll(ended, "revoked"),
  });
  const renaming = new Renaming({
    store,
    clock,
    rules: config,
    mail,
    letters,
    names,
    passwords,
    codes,
    notify: (userId, notice) => inbox.put(userId, notice),
    deed: (args) => intents.run("rename", args.userId, args),
  });
  const deletion = new Deletion({
    store,
    clock,
    names,
    passwords,
    sessions,
    invites,
    revoke: (ended, why) => revoke({ sessions, revocations, announce }, { sessions: ended, why }),
    leave: (args) => groups.endDeed(args),
    forget: (userId) => contacts.endAll(userId),
    deed: (args) => intents.run("deleteAccount", args.userId, args),
  });

  const leader = new Leader({ store, clock, log, nodeId }, "intents", () => intents.replay(TERM_MS));
  const timekeeper = new Leader({ store, clock, log, nodeId }, "due", () => due.run(), {
    termMs: DUE_TERM_MS,
    needed: () => due.isAny(),
  });
  await (deps.config.lobby === "on"
    ? openLobby(store, { chatId: newId(random), name: deps.config.lobbyName, at: clock.now() })
    : closeLobby(store));
  await revocations.start();
  await live.start();
  await intents.replay(0);
  leader.start();
  timekeeper.start();
  const stopEpochs = epoch.onChange((name) => {
    markers.forget();
    live.epochChanged(name);
  });

  let disposing: Promise<void> | null = null;
  const dispose = async () => {
    stopEpochs();
    revocations.stop();
    markers.stop();
    polls.stop();
    fanOut.stop();
    await Promise.all([leader.stop(), timekeeper.stop(), intents.settled()]);
    await leader.stop();
    await mailCodes.stop();
    await live.stop();
    await timelines.dispose();
  };
  return {
    deps,
    registration,
    signIn,
    mailCodes,
    accounts,
    renaming,
    deletion,
    invites,
    ownership,
    directory: new Directory(store),
    profiles,
    blobs,
    contacts,
    directChats,
    groups,
    roles,
    chatChanges,
    joining,
    sending,
    retracts,
    edits,
    fanOut,
    markers,
    personal: {
      settings: new Settings(store, clock, personalState),
      ownChats: new OwnChats(store, personalState),
      stars: new Stars(store, clock, personalState),
      hiding,
      scheduling,
    },
    reactions,
    pins,
    polls,
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

/** Deeds that span keys. An intent of a kind outlives the version that wrote it: kinds keep their names and arguments. */
type AllDeeds = {
  readonly openDirect: (args: DirectArgs) => Promise<string>;
  readonly createGroup: (args: CreateGroupArgs) => Promise<void>;
  readonly addMember: (args: MemberArgs) => Promise<number>;
  readonly endMembership: (args: MemberArgs) => Promise<number>;
  readonly deleteChat: (args: EntryArgs) => Promise<void>;
  readonly pin: (args: PinArgs) => Promise<number>;
  readonly changeChat: (args: ChangeArgs) => Promise<number>;
  readonly setRole: (args: RoleArgs) => Promise<number>;
  readonly transferGroup: (args: TransferArgs) => Promise<number>;
  readonly muteMember: (args: MuteArgs) => Promise<number>;
  readonly join: (args: JoinArgs) => Promise<number>;
  readonly tellAsk: (args: AskTellArgs) => Promise<void>;
  readonly tellInvitation: (args: InvitationTellArgs) => Promise<void>;
  readonly mention: (args: MentionArgs) => Promise<void>;
  readonly retract: (args: RetractArgs) => Promise<void>;
  readonly edit: (args: EditArgs) => Promise<void>;
  readonly revoke: (args: RevokeArgs) => Promise<void>;
  readonly pair: (args: PairArgs) => Promise<void>;
  readonly contactNoted: (args: ContactNotedArgs) => Promise<void>;
  readonly accountChanged: (args: AccountChangedArgs) => Promise<void>;
  readonly endStale: (args: StaleArgs) => Promise<void>;
  readonly settleAccount: (args: SettleArgs) => Promise<void>;
  readonly rename: (args: RenameArgs) => Promise<boolean>;
  readonly deleteAccount: (args: DeleteArgs) => Promise<void>;
  /** Written by the store's `appendOnce` when a copy of an entry may still turn up. */
  readonly copy: (args: CopyIntentArgs) => Promise<number>;
  /** A write of a person's own state, and its notice. */
  readonly personal: (args: PersonalArgs) => Promise<void>;
  readonly hide: (args: HideArgs) => Promise<void>;
  readonly schedule: (args: ScheduleArgs) => Promise<boolean>;
  readonly vanish: (args: VanishArgs) => Promise<void>;
};

/** Whose sessions of before a new password are ended. */
interface StaleArgs {
  readonly userId: UserId;
}
