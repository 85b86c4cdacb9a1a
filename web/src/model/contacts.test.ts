import assert from "node:assert/strict";
import { beforeEach, describe, it } from "node:test";
import type { Contact, Profile, UserCard } from "@parley/protocol";
import { Attention } from "./attention.ts";
import { Contacts } from "./contacts.ts";
import { People } from "./people.ts";
import { Pictures } from "./pictures.ts";
import { BO, idOf, LogTalk } from "./test-talk.ts";

const shelf = { read: async () => undefined, write: async () => {} };
const person = (letter: string, displayName: string): UserCard => {
  return { userId: idOf(letter), handle: displayName.toLowerCase(), displayName, avatar: null };
};
const bo = person("b", "Bo");
const contact = (user: UserCard, remark = "", labels: string[] = []): Contact => ({ user, since: 1, remark, labels });
const profile = (more: Partial<Profile> = {}): Profile => {
  return { user: bo, about: "", pronouns: "", blocked: false, mayWrite: true, ...more };
};

describe("contacts", () => {
  let talk: LogTalk;
  let people: People;
  let contacts: Contacts;
  let now: Profile;

  beforeEach(() => {
    talk = new LogTalk();
    people = new People(talk, shelf);
    contacts = new Contacts(talk, people, shelf);
    now = profile();
    talk.answers.set("user.profile", () => ({ profile: now }));
    talk.answers.set("contact.requests", () => ({ incoming: [], outgoing: [] }));
    talk.answers.set("contact.blocked", () => ({ users: [] }));
    talk.answers.set("contact.list", () => ({ contacts: [] }));
  });

  it("[SOC-3] pages are put together, sorted by the name that the user knows", async () => {
    const pages = [
      { contacts: [contact(person("z", "Zoe"), "Aunt")], more: true },
      { contacts: [contact(bo, "", ["choir"])] },
    ];
    const asked: unknown[] = [];
    talk.answers.set("contact.list", (params) => {
      asked.push(params);
      return pages.shift();
    });
    await contacts.load();
    assert.deepEqual(asked, [{ limit: 200 }, { limit: 200, after: idOf("z") }]);
    assert.deepEqual(
      contacts.sorted.map(({ user }) => people.name(user.userId)),
      ["Aunt", "Bo"],
    );
    assert.deepEqual(contacts.labels, ["choir"]);
  });

  it("[SOC-3] a notice brings what is true now: a new name, a block, an end", async () => {
    now = profile({ contact: contact(bo, "Little Bo") });
    await contacts.noticed(BO);
    assert.equal(people.name(BO), "Little Bo");
    now = profile({ blocked: true, mayWrite: false });
    await contacts.noticed(BO);
    assert.equal(people.name(BO), "Bo");
    assert.deepEqual([contacts.sorted, contacts.blocked], [[], [bo]]);
    now = profile();
    await contacts.noticed(BO);
    assert.deepEqual(contacts.blocked, []);
  });

  it("[SYNC-5] what a notice could not fetch is fetched with everything when the connection is back", async () => {
    await contacts.load();
    talk.answers.delete("user.profile");
    await contacts.noticed(BO);
    talk.answers.set("contact.list", () => ({ contacts: [contact(bo)] }));
    await contacts.load();
    assert.equal(contacts.sorted.length, 1);
  });
});

describe("pictures", () => {
  const hash = "a".repeat(64);

  it("[DIR-3] one request a hash, whoever wants it how often, and none for what the browser has", async () => {
    const kept = new Map<string, string>();
    const pictureShelf = {
      read: async (name: string) => kept.get(name),
      write: async (name: string, data: string) => void kept.set(name, data),
    };
    const talk = new LogTalk();
    const asked: Promise<void>[] = [];
    talk.answers.set("blob.get", () => {
      asked.push(Promise.resolve());
      return { type: "image/webp", data: "_-8" };
    });
    const pictures = new Pictures(talk, pictureShelf);
    for (let i = 0; i < 3; i += 1) pictures.want(hash);
    await new Promise(setImmediate);
    assert.equal(pictures.url(hash), "data:image/webp;base64,/+8");
    pictures.want(hash);
    const again = new Pictures(talk, pictureShelf);
    again.want(hash);
    await new Promise(setImmediate);
    assert.equal(again.url(hash), "data:image/webp;base64,/+8");
    assert.equal(asked.length, 1);
  });

  it("[DIR-3] what could not be fetched is asked for again after a reconnect", async () => {
    const talk = new LogTalk();
    const pictures = new Pictures(talk, shelf);
    pictures.want(hash);
    await new Promise(setImmediate);
    assert.equal(pictures.url(hash), undefined);
    talk.answers.set("blob.get", () => ({ type: "image/webp", data: "AA" }));
    pictures.askAgain();
    await new Promise(setImmediate);
    assert.ok(pictures.url(hash));
  });
});

describe("attention", () => {
  it("[DIR-4] away is told once for each connection, and not while there is none", () => {
    const talk = new LogTalk();
    const told: boolean[] = [];
    talk.answers.set("account.setAway", ({ away }: { away: boolean }) => void told.push(away));
    const attention = new Attention(talk);
    attention.setAway(false);
    attention.applyOnline(true);
    assert.deepEqual(told, [], "a connection begins as looked at");
    attention.setAway(true);
    attention.setAway(true);
    attention.applyOnline(false);
    attention.applyOnline(true);
    attention.setAway(false);
    assert.deepEqual(told, [true, true, false]);
  });
});
