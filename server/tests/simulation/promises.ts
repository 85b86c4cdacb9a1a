import assert from "node:assert/strict";
import type { Message, Notice } from "@parley/protocol";
import { limits } from "@parley/protocol";
import { placeOf } from "../../src/records/inbox.ts";
import { membersOf } from "../../src/records/membership.ts";
import { chatLog, chatOverlay, userHiddenIn, userInbox } from "../../src/store/keys.ts";
import type { SimulatedDevice, Written } from "./simulated-device.ts";
import type { Story } from "./story.ts";

/** Messages of each device that are sent once more in the end. */
const RESENT_MAX = 6;

/**
 * What has to be true when a story is over. Beside it, watch.ts looks at what nodes tell while it goes on, and
 * simulated-device.ts and simulated-link.ts at what devices are told and at what the lines carry:
 *
 * | promise | checked |
 * |---|---|
 * | S1  | when an acknowledgement is heard, its entry is at that place (device); each is in the log in the end, once (here) |
 * | S2  | no two acknowledgements differ (device); a resend in the end, over another device of the person, is answered alike and adds nothing (here) |
 * | S3  | entries are told without a gap (device); what devices show is what history says, to the head (here) |
 * | S4  | no notice is told before it is stored (watch); a pull from the old cursor has all of the inbox, in order and below its bound; whatever was retracted, edited or hidden has a notice for each whom it concerns (here) |
 * | S5  | each connection is told a chat's entries by rising seq, each when it is stored (watch) |
 * | S6  | read markers and what became of an entry only move forward (device); the devices of a person agree (here) |
 * | S7  | unsent bytes are bounded (link); who was behind has everything in the end (here) |
 * | S8  | nobody is told what came after their removal, by pushes (watch) or pages (watch-reads), no session much after its end (watch); who is in has the chat, who is not has not (here) |
 * | S9  | after a lost tail every message that its device kept is there again, once and in order (here) |
 * | S10 | the password is on no line in the clear and in no request of a sign-in (link, node) |
 *
 * And all of them: once the faults end, everybody converges on what the store has.
 */
export class Promises {
  readonly #story: Story;

  constructor(story: Story) {
    this.#story = story;
  }

  async check(): Promise<void> {
    const { world, devices, cast, chats, calls } = this.#story;
    for (const device of [...devices, cast.phone]) device.collect();
    world.assertKept();
    for (const { witness, name } of devices) assert.equal(witness.client.state.name, "online", name);
    // What a lost tail held of calls nobody makes up for: they end by themselves.
    if (world.failovers === 0) calls.check();
    for (const chatId of chats) {
      await this.#checkLog(chatId);
      this.#checkOwn(chatId);
      for (const device of devices) await this.#checkSeen(device, chatId);
      await this.#checkTold(chatId);
    }
    await this.#checkLog(this.#story.circle);
    await this.#checkCircle();
    await this.#checkInboxes();
    await this.#checkResends();
    world.assertKept();
  }

  log(chatId: string): Message[] {
    const texts = this.#story.world.store.find(chatLog(chatId), "list")?.entries ?? [];
    return texts.map((text, index) => ({ seq: index + 1, ...JSON.parse(text) }) as Message);
  }

  #placed(chatId: string): Map<string, Message & { readonly sentAt: number }> {
    const placed = new Map<string, Message & { readonly sentAt: number }>();
    for (const entry of this.log(chatId)) {
      if (entry.kind === "void") continue;
      assert(!placed.has(entry.clientId), `[S1] ${entry.clientId} is there twice`);
      placed.set(entry.clientId, entry);
    }
    return placed;
  }

  /** Whatever was written or acknowledged is there: once, at its place, in the order of writing. */
  async #checkLog(chatId: string): Promise<void> {
    const placed = this.#placed(chatId);
    const { circle, world } = this.#story;
    for (const device of this.#story.devices) {
      const written = device.written(chatId).map(({ clientId }) => clientId);
      const isThere = (clientId: string) => placed.has(clientId);
      const lost = written.filter((clientId) => !isThere(clientId));
      // Who was removed in between may not send any more, be it for the first time or after a lost tail.
      const mayBe = (id: string) => world.failovers > 0 || !device.acknowledged.has(id);
      const mustBe = chatId === circle ? lost.filter((id) => !mayBe(id)) : lost;
      assert.deepEqual(mustBe, [], `[S1] [S9] [MSG-4] nothing that ${device.name} wrote is lost`);
      if (world.failovers === 0) {
        const inOrder = [...placed.keys()].filter((clientId) => written.includes(clientId));
        assert.deepEqual(inOrder, written.filter(isThere), `[MSG-4] in the order of writing of ${device.name}`);
      }
      for (const [clientId, heard] of device.acknowledged) {
        const entry = placed.get(clientId);
        // After a lost tail it may be refused to who was removed meanwhile, though an earlier try of theirs comes through.
        if (entry === undefined || device.refused.has(clientId)) continue;
        // Who is no member any more hears no more of where a lost tail moved it.
        if (world.failovers > 0 && device.witness.client.chat(chatId) === undefined) continue;
        // One that a lost tail moved may have died when it had written the new place down, and told nobody.
        const { seq, sentAt } = world.failovers > 0 ? ((await device.keptPlace(clientId)) ?? heard) : heard;
        const { seq: at, sentAt: then } = entry;
        assert.deepEqual({ seq: at, sentAt: then }, { seq, sentAt }, `[S2] ${clientId} is where it was acknowledged`);
      }
    }
  }

  #checkOwn(chatId: string): void {
    const { devices, cast } = this.#story;
    const head = this.log(chatId).length;
    for (const { witness, name, handle } of devices) {
      const view = witness.client.chat(chatId);
      if (view === undefined) assert.equal(handle, "eve", "only eve is no member of the direct chat");
      else assert.equal(view.head, head, `[S3] ${name} has everything`);
    }
    const [one, other] = [cast.ann, cast.tablet].map(({ witness }) => witness.client.chat(chatId));
    assert.deepEqual([one?.prefs, one?.draft], [other?.prefs, other?.draft], "[N9] and what she wants and drafts");
    assert.equal(one?.readSeq, other?.readSeq, "[S6] both devices of ann know how far she has read");
  }

  /** What a device was told, and how it was corrected since, is what its user has at the server. */
  async #checkSeen({ witness, name }: SimulatedDevice, chatId: string): Promise<void> {
    const { client, told } = witness;
    const view = client.chat(chatId);
    if (view === undefined) return;
    const { messages } = await this.#story.world.until(client.request("message.history", { chatId, limit: 200 }));
    for (const message of told.get(chatId) ?? []) {
      assert.deepEqual(message, messages[message.seq - 1], `[S3] [N2] what ${name} shows is true`);
    }
    const unread = messages.filter((entry) => counts(entry, client.userId) && entry.seq > view.readSeq);
    assert.equal(view.unread, unread.length, `[MSG-11] unread of ${name}`);
    const last = messages.findLast(({ kind }) => kind !== "void") ?? null;
    assert.deepEqual(view.last, last, `[N1] the newest line of ${name}`);
  }

  /** Who may have cached what was changed has a notice of it. */
  async #checkTold(chatId: string): Promise<void> {
    const { store } = this.#story.world;
    const overlay = store.find(chatOverlay(chatId), "hash")?.fields ?? new Map<string, string>();
    for (const { userId } of await membersOf(store.connect(), chatId)) {
      const notices = this.#inbox(userId).filter((notice) => "chatId" in notice && notice.chatId === chatId);
      for (const entry of this.log(chatId)) {
        const { seq, kind } = entry;
        const retracted = notices.some((notice) => notice.kind === "retract" && notice.seq === seq);
        assert(kind !== "retracted" || retracted, `[S4] ${userId} has no notice that ${seq} was retracted`);
        const newest = Math.max(0, ...[...overlay.keys()].map((field) => versionOf(field, seq)));
        const edited = notices.some((n) => n.kind === "edit" && n.seq === seq && n.version >= newest);
        assert(kind === "retracted" || newest === 0 || edited, `[S4] ${userId} has no notice that ${seq} was edited`);
      }
      for (const hidden of store.find(userHiddenIn(userId, chatId), "sorted")?.scores.keys() ?? []) {
        const told = notices.some((notice) => notice.kind === "hide" && notice.seqs.includes(Number(hidden)));
        assert(told, `[S4] ${userId} has no notice that ${hidden} was hidden`);
      }
    }
  }

  #inbox(userId: string): Notice[] {
    const { store } = this.#story.world;
    const keys = store.keys(userInbox(userId, "")).sort();
    return keys.flatMap((key) => (store.find(key, "list")?.entries ?? []).map((text) => JSON.parse(text) as Notice));
  }

  /** From where it was before anything went wrong, the cursor leads through all of the inbox. */
  async #checkInboxes(): Promise<void> {
    const { world, posBefore } = this.#story;
    for (const [{ witness, name }, pos] of posBefore) {
      const { client, userId } = witness;
      const { notices, reset } = await world.until(client.request("sync.pull", { pos }));
      if (world.failovers > 0 && reset === true) continue;
      const place = placeOf(pos);
      const keys = world.store.keys(userInbox(userId, "")).sort();
      const since = keys.flatMap((key) => {
        const entries = world.store.find(key, "list")?.entries ?? [];
        const read = key === userInbox(userId, place?.month ?? "") ? (place?.read ?? 0) : 0;
        return entries.slice(read).map((text) => JSON.parse(text) as Notice);
      });
      assert.deepEqual(notices, since, `[S4] a pull brings ${name} the notices in their order`);
      assert(JSON.stringify(notices).length <= limits.REPLY_MAX_BYTES, "[S4] below the bound of a reply");
    }
  }

  /** Who is a member in the end has the chat, up to its head, and nobody else has it. */
  async #checkCircle(): Promise<void> {
    const { world, devices, circle } = this.#story;
    const members = new Set((await membersOf(world.store.connect(), circle)).map(({ userId }) => userId));
    const head = this.log(circle).length;
    for (const { witness, name } of devices) {
      const view = witness.client.chat(circle);
      assert.equal(view !== undefined, members.has(witness.userId), `[S8] ${name} knows whether it is in the circle`);
      if (view !== undefined) assert.equal(view.head, head, `[S3] ${name} has everything of the circle`);
    }
  }

  /** The same id again is answered as it was the first time, over whichever device and node. */
  async #checkResends(): Promise<void> {
    const { world, devices, chats, cast } = this.#story;
    for (const chatId of chats) {
      const placed = this.#placed(chatId);
      for (const device of devices) {
        const over = device === cast.ann ? cast.tablet : device;
        for (const { clientId, text } of newest(device.written(chatId))) {
          const body = { text };
          const send = over.witness.client.request("message.send", { chatId, clientId, kind: "text", body });
          const what = `[S2] a resend of ${clientId} by ${over.name}`;
          const { seq, sentAt } = await world.until(send).catch((error) => assert.fail(`${what}: ${error}`));
          const { seq: at, sentAt: then } = placed.get(clientId) ?? {};
          assert.deepEqual({ seq, sentAt }, { seq: at, sentAt: then }, what);
        }
      }
      assert.equal(this.#placed(chatId).size, placed.size, "[S2] a resend adds nothing");
    }
  }
}

function newest(written: readonly Written[]): readonly Written[] {
  return written.slice(-RESENT_MAX);
}

/** Of an edit that was written; 0 for every other field of the overlay. */
function versionOf(field: string, seq: number): number {
  const [of, version] = field.split(":").map(Number);
  return of === seq && version !== undefined && Number.isInteger(version) ? version : 0;
}

/** As unread: what was written, and calls that somebody missed. */
function counts(entry: Message, me: string | null): boolean {
  if (entry.kind === "void" || entry.sender === me) return false;
  return entry.kind === "text" || (entry.kind === "call" && /missed|cancelled|busy/.test(entry.body.outcome));
}
