import { randomBytes, randomUUID } from "node:crypto";
import { RawConnection, type RawOptions } from "./raw-connection.ts";

export const PASSWORD = "correct horse battery staple";

/** Somebody with an account and one raw connection that is signed in. */
export interface Person {
  readonly handle: string;
  readonly userId: string;
  readonly deviceId: string;
  readonly token: string;
  readonly connection: RawConnection;
}

export function freshHandle(): string {
  return `u${randomBytes(8).toString("hex")}`;
}

export async function registerPerson(url: string, handle = freshHandle(), options: RawOptions = {}): Promise<Person> {
  const connection = await RawConnection.open(url, options);
  const account = (await connection.request("auth.register", {
    handle,
    password: PASSWORD,
    device: { name: "test" },
  })) as { userId: string; deviceId: string; token: string };
  return { handle, connection, ...account };
}

/** One more connection of the same device. */
export async function resumePerson(url: string, person: Person, options: RawOptions = {}): Promise<RawConnection> {
  const connection = await RawConnection.open(url, options);
  await connection.request("auth.resume", { token: person.token });
  return connection;
}

export async function openDirect(from: Person, to: Person): Promise<string> {
  const { chat } = (await from.connection.request("chat.openDirect", { userId: to.userId })) as {
    chat: { chatId: string };
  };
  return chat.chatId;
}

export function textMessage(chatId: string, text: string, clientId: string = randomUUID()) {
  return { chatId, clientId, kind: "text", body: { text } };
}
