import type { Static } from "typebox";
import * as account from "./schema/account.ts";
import * as call from "./schema/call.ts";
import * as chat from "./schema/chat.ts";
import * as file from "./schema/file.ts";
import * as mail from "./schema/mail.ts";
import * as message from "./schema/message.ts";
import { nodeInfo } from "./schema/node.ts";
import * as people from "./schema/people.ts";
import * as settings from "./schema/settings.ts";
import { syncPull } from "./schema/sync.ts";

/**
 * THE TABLE of methods: every transport, handler, test and reference page derives from it.
 * Methods that a connection may call before sign-in are listed in `BEFORE_SIGN_IN`.
 */
export const REQUESTS = {
  "auth.register": account.authRegister,
  "auth.requestCode": mail.authRequestCode,
  "auth.scramStart": account.authScramStart,
  "auth.scramFinish": account.authScramFinish,
  "auth.signInByCode": mail.authSignInByCode,
  "auth.resetPassword": mail.authResetPassword,
  "auth.resume": account.authResume,
  "auth.signOut": { params: account.Empty, result: account.Empty },
  "account.get": account.accountGet,
  "account.setProfile": account.accountSetProfile,
  "account.setAvatar": account.accountSetAvatar,
  "account.setPrivacy": account.accountSetPrivacy,
  "account.setAway": account.accountSetAway,
  "account.devices": account.accountDevices,
  "account.revokeDevice": account.accountRevokeDevice,
  "account.revokeOthers": account.accountRevokeOthers,
  "account.changePassword": account.accountChangePassword,
  "account.changeHandle": account.accountChangeHandle,
  "account.changeEmail": account.accountChangeEmail,
  "account.delete": account.accountDelete,
  "invite.create": mail.inviteCreate,
  "invite.list": mail.inviteList,
  "invite.revoke": mail.inviteRevoke,
  "user.find": people.userFind,
  "user.get": people.userGet,
  "user.profile": people.userProfile,
  "user.watch": people.userWatch,
  "blob.get": people.blobGet,
  "contact.request": people.contactRequest,
  "contact.cancel": people.contactCancel,
  "contact.answer": people.contactAnswer,
  "contact.requests": people.contactRequests,
  "contact.list": people.contactList,
  "contact.update": people.contactUpdate,
  "contact.remove": people.contactRemove,
  "contact.block": people.contactBlock,
  "contact.unblock": people.contactUnblock,
  "contact.blocked": people.contactBlocked,
  "chat.openDirect": chat.chatOpenDirect,
  "chat.createGroup": chat.chatCreateGroup,
  "chat.expand": chat.chatExpand,
  "chat.get": chat.chatGet,
  "chat.update": chat.chatUpdate,
  "chat.leave": chat.chatLeave,
  "chat.delete": chat.chatDelete,
  "chat.receipts": chat.chatReceipts,
  "chat.directory": chat.chatDirectory,
  "chat.preview": chat.chatPreview,
  "chat.join": chat.chatJoin,
  "chat.createLink": chat.chatCreateLink,
  "chat.links": chat.chatLinks,
  "chat.revokeLink": chat.chatRevokeLink,
  "chat.joinRequests": chat.chatJoinRequests,
  "chat.answerJoin": chat.chatAnswerJoin,
  "chat.invitations": chat.chatInvitations,
  "chat.answerInvitation": chat.chatAnswerInvitation,
  "chat.setPrefs": settings.chatSetPrefs,
  "chat.setDraft": settings.chatSetDraft,
  "member.add": chat.memberAdd,
  "member.invite": chat.memberInvite,
  "member.remove": chat.memberRemove,
  "member.setRole": chat.memberSetRole,
  "member.transfer": chat.memberTransfer,
  "member.mute": chat.memberMute,
  "member.list": chat.memberList,
  "message.send": message.messageSend,
  "message.history": message.messageHistory,
  "message.get": message.messageGet,
  "message.markRead": message.messageMarkRead,
  "message.markDelivered": message.messageMarkDelivered,
  "message.setTyping": message.messageSetTyping,
  "message.readers": message.messageReaders,
  "message.retract": message.messageRetract,
  "message.edit": message.messageEdit,
  "message.edits": message.messageEdits,
  "message.react": message.messageReact,
  "message.reactions": message.messageReactions,
  "message.pin": message.messagePin,
  "message.pins": chat.messagePins,
  "message.vote": message.messageVote,
  "message.poll": message.messagePoll,
  "message.closePoll": message.messageClosePoll,
  "message.star": message.messageStar,
  "message.stars": message.messageStars,
  "message.hide": message.messageHide,
  "message.schedule": message.messageSchedule,
  "message.unschedule": message.messageUnschedule,
  "message.scheduled": message.messageScheduled,
  "file.begin": file.fileBegin,
  "file.parts": file.fileParts,
  "file.complete": file.fileComplete,
  "file.abort": file.fileAbort,
  "file.url": file.fileUrl,
  "file.list": file.fileList,
  "file.quota": file.fileQuota,
  "call.start": call.callStart,
  "call.invite": call.callInvite,
  "call.ringing": call.callRinging,
  "call.join": call.callJoin,
  "call.refuse": call.callRefuse,
  "call.leave": call.callLeave,
  "call.setStreams": call.callSetStreams,
  "call.keep": call.callKeep,
  "call.get": call.callGet,
  "call.list": call.callList,
  "call.ice": call.callIce,
  "call.signal": call.callSignal,
  "settings.get": settings.settingsGet,
  "settings.set": settings.settingsSet,
  "sync.pull": syncPull,
  "node.info": nodeInfo,
} as const;

export type Method = keyof typeof REQUESTS;
export type Params<M extends Method> = Static<(typeof REQUESTS)[M]["params"]>;
export type Result<M extends Method> = Static<(typeof REQUESTS)[M]["result"]>;

export const BEFORE_SIGN_IN: ReadonlySet<Method> = new Set<Method>([
  "auth.register",
  "auth.requestCode",
  "auth.scramStart",
  "auth.scramFinish",
  "auth.signInByCode",
  "auth.resetPassword",
  "auth.resume",
  "node.info",
]);

export function isMethod(name: string): name is Method {
  return Object.hasOwn(REQUESTS, name);
}
