import { createHash, randomUUID } from "node:crypto";
import type { Method, Result } from "@parley/protocol";
import { uuidv7 } from "../client-ids.ts";
import { declared, FileTransfer } from "../file-transfer.ts";
import { freshHandle, openDirect, PASSWORD, type Person, registerPerson, textMessage } from "../person.ts";
import { pixel } from "../pictures.ts";
import type { Bystanders } from "./bystanders.ts";
import type { Names } from "./schema-values.ts";

const NOBODY = "a".repeat(26);
const CAMERA = [{ streamId: "camera", kind: "camera", audio: true, video: true }];

/** An ordinary person of the server, and what such a one can name in its requests. */
export interface Member {
  readonly person: Person;
  readonly names: Names;
}

/** Somebody new, with chats of every kind, messages, a file, a call, an invite, and the names of all that. */
export async function newMember(url: string, { ann, bob, chatId: foreign }: Bystanders): Promise<Member> {
  const person = await registerPerson(url.replace(/^http/, "ws").concat("/ws"));
  const ask = async <M extends Method>(who: Person, method: M, params: unknown) =>
    (await who.connection.request(method, params)) as Result<M>;
  const direct = await openDirect(person, ann);
  const group = async (owner: Person, ...members: Person[]) =>
    (await ask(owner, "chat.createGroup", { name: "group", members: members.map(({ userId }) => userId) })).chat.chatId;
  const own = await group(person, ann, bob);
  const shared = await group(ann, person, bob);
  const { link } = await ask(person, "chat.createLink", { chatId: own, uses: 5, expiresInMs: 3_600_000 });
  await ask(ann, "chat.update", { chatId: shared, join: "open" });

  const clientId = uuidv7(Date.now());
  for (const chatId of [direct, own, shared]) {
    await ask(person, "message.send", textMessage(chatId, "hello", chatId === direct ? clientId : randomUUID()));
    const poll = { question: "?", options: ["a", "b"], multiple: false, anonymous: false };
    await ask(person, "message.send", { chatId, clientId: randomUUID(), kind: "poll", body: poll });
    await ask(ann, "message.send", textMessage(chatId, "and you?"));
  }
  const bytes = Buffer.from("a small file");
  const transfer = new FileTransfer(url);
  const begun = await ask(person, "file.begin", declared(direct, bytes));
  if (begun.upload !== undefined) await transfer.put(begun.upload, bytes);
  await ask(person, "file.complete", { fileId: begun.fileId });
  await ask(person, "message.send", {
    ...{ chatId: direct, clientId: randomUUID(), kind: "file" },
    body: { fileId: begun.fileId },
  });
  const halfway = await ask(person, "file.begin", declared(own, Buffer.from("never sent")));
  const avatar = createHash("sha256").update(pixel()).digest("hex");
  await ask(person, "account.setAvatar", { avatar: pixel().toString("base64url") });
  const [callId, participantId] = [randomUUID(), randomUUID()];
  await ask(person, "call.start", { callId, participantId, chatId: direct, video: false, streams: CAMERA });
  const { pos } = await ask(person, "sync.pull", {});
  const later = randomUUID();
  await ask(person, "message.schedule", { ...textMessage(direct, "later", later), at: Date.now() + 3_600_000 });

  const people = [person.userId, ann.userId, bob.userId, NOBODY];
  return {
    person,
    names: {
      chatId: [direct, own, shared, foreign, NOBODY],
      userId: people,
      member: people,
      invited: people,
      mention: people,
      deviceId: [person.deviceId, ann.deviceId, NOBODY],
      seq: [1, 2, 3, 4, 5, 1_000],
      number: [1, 2],
      replyTo: [1, 3, 1_000],
      before: [1, 3, 10],
      after: [0, 1, 3],
      option: [0, 1, 2],
      fileId: [begun.fileId, halfway.fileId, NOBODY],
      clientId: [
        clientId,
        later,
        randomUUID(),
        uuidv7(Date.now()),
        uuidv7(0),
        uuidv7(Date.now() + 40 * 24 * 3_600_000),
      ],
      callId: [callId, randomUUID()],
      participantId: [participantId, randomUUID()],
      to: [participantId, 3, 100],
      from: [participantId, 1, 2],
      hash: [avatar, "0".repeat(64)],
      avatar: [null, pixel().toString("base64url")],
      pos: [pos, "", "0"],
      code: [link.code, "123456", "none"],
      link: [link.code, "none"],
      token: [person.token, "A".repeat(43)],
      handle: [person.handle, ann.handle, freshHandle()],
      prefix: [ann.handle.slice(0, 4), "a"],
      password: [PASSWORD, "not the password"],
      newPassword: [PASSWORD],
      email: ["somebody@mail.example"],
      emoji: ["👍", "👨‍👩‍👧", "x"],
      at: [Date.now() + 60_000, 0],
      limit: [1, 10],
    },
  };
}
