import type { Static } from "typebox";
import * as account from "./schema/account.ts";
import * as chat from "./schema/chat.ts";
import * as message from "./schema/message.ts";
import { nodeInfo } from "./schema/node.ts";
import * as people from "./schema/people.ts";
import { syncPull } from "./schema/sync.ts";

/**
 * THE TABLE of methods: every transport, handler, test and reference page derives from it.
 * Methods that a connection may call before sign-in are listed in `BEFORE_SIGN_IN`.
 */
export const REQUESTS = {
  "auth.register": account.authRegister,
  "auth.scramStart": account.authScramStart,
  "auth.scramFinish": account.authScramFinish,
  "auth.resume": account.authResume,
  "auth.signOut": { params: account.Empty, result: account.Empty },
  "account.get": account.accountGet,
  "account.devices": account.accountDevices,
  "account.revokeDevice": account.accountRevokeDevice,
  "account.revokeOthers": account.accountRevokeOthers,
  "account.changePassword": account.accountChangePassword,
  "user.find": people.userFind,
  "user.get": people.userGet,
  "user.watch": people.userWatch,
  "chat.openDirect": chat.chatOpenDirect,
  "chat.createGroup": chat.chatCreateGroup,
  "chat.get": chat.chatGet,
  "chat.leave": chat.chatLeave,
  "chat.receipts": chat.chatReceipts,
  "member.add": chat.memberAdd,
  "member.remove": chat.memberRemove,
  "member.list": chat.memberList,
  "message.send": message.messageSend,
  "message.history": message.messageHistory,
  "message.markRead": message.messageMarkRead,
  "message.markDelivered": message.messageMarkDelivered,
  "message.setTyping": message.messageSetTyping,
  "sync.pull": syncPull,
  "node.info": nodeInfo,
} as const;

export type Method = keyof typeof REQUESTS;
export type Params<M extends Method> = Static<(typeof REQUESTS)[M]["params"]>;
export type Result<M extends Method> = Static<(typeof REQUESTS)[M]["result"]>;

export const BEFORE_SIGN_IN: ReadonlySet<Method> = new Set<Method>([
  "auth.register",
  "auth.scramStart",
  "auth.scramFinish",
  "auth.resume",
  "node.info",
]);

export function isMethod(name: string): name is Method {
  return Object.hasOwn(REQUESTS, name);
}
