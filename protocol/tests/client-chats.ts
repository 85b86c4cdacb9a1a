import { ModelServer } from "./client-model-server.ts";
import { person } from "./client-person.ts";
import { VirtualTime } from "./client-virtual-time.ts";

/** Two people who are online, and a chat of theirs. */
export async function twoPeople(kind: "direct" | "group" = "direct") {
  const time = new VirtualTime();
  const server = new ModelServer(time);
  const [ann, ben] = [await person(server), await person(server)];
  const chatId = server.id();
  server.chats.make(chatId, kind, [ann.userId, ben.userId]);
  const chat = server.chats.chats.get(chatId);
  if (chat === undefined) throw new Error("no chat");
  server.cut();
  const people = [ann, ben];
  const synced = people.map(({ screen }) => screen.all("synced").length);
  await time.until(
    () =>
      people.every(({ client, screen }, i) => client.chat(chatId) && screen.all("synced").length > (synced[i] ?? 0)) &&
      server.count("settings.get") >= 2,
    "chat",
  );
  /** Resolves or rejects as the promise does, while virtual time passes. */
  const settle = async <T>(promise: Promise<T>): Promise<T> => {
    let done = false;
    const end = () => {
      done = true;
    };
    promise.then(end, end);
    await time.until(() => done, "settled");
    return promise;
  };
  return { time, server, ann, ben, chatId, chat, settle };
}
