/**
 * The client library: everything between an app and the server but the screen.
 *
 *     const client = new Client({ url, storage, device: { name: "laptop" }, ...platform });
 *     client.on("messages", ({ chatId, messages }) => show(chatId, messages));
 *     await client.start();
 *     if (client.state.name === "signedOut") await client.signIn({ handle, password });
 *     await client.send(chatId, { kind: "text", body: { text: "hello" } });
 *
 * `platform` is what it runs on: `nodePlatform()` of `@parley/protocol/client-node`, or a browser's. What the app may
 * rely on is written at `Client`, `ClientState` and `ClientEvents`.
 */
export type { Argon2id } from "./argon2id.ts";
export type { CallLink } from "./calls/call-link.ts";
export type { CallBegin, CallsOptions, ClientCalls, OwnMedia } from "./calls/calls.ts";
export type { CallEnd, JoinedCall } from "./calls/joined-call.ts";
export type { BlockedWhy, LinkState } from "./calls/link-state.ts";
export type { RemoteTrack } from "./calls/negotiation.ts";
export type { CallTrack, LocalTrack, OpenPeer, Peer, PeerEvents, PeerLook } from "./calls/peer.ts";
export { Client } from "./client.ts";
export type { ClientFiles, DownloadOptions, FilePlace, FilesOptions } from "./files/client-files.ts";
export { fetchHttp } from "./files/fetch-http.ts";
export type { FileAnswer, FileGet, FileGot, FileHttp, FilePut } from "./files/file-http.ts";
export { bytesSource, type FileSource } from "./files/file-source.ts";
export { retryAfterOf } from "./files/store-answer.ts";
export type { UnfinishedUpload, Upload, UploadAbout, UploadedFile, UploadState } from "./files/upload.ts";
export type { ChannelOptions, ClientOptions } from "./options.ts";
export type { NewAccount } from "./sign-in.ts";
export type { ClientSocket, OpenSocket, SocketEvents } from "./socket.ts";
export {
  ClientError,
  type ClientErrorReason,
  type ClientState,
  type FailureReason,
  type Fingerprint,
  type Protection,
  type Refusal,
  type SignedInAccount,
  type SignedOutReason,
  type Trust,
  type WaitReason,
} from "./state.ts";
export { type ClientStorage, memoryStorage, STORAGE_TABLES, type StorageChange, type StorageTable } from "./storage.ts";
export type { TabChannel } from "./tab-channel.ts";
export type { ChatView, ClientEventName, ClientEvents, OutboxEntry } from "./view.ts";
export type { Wish } from "./wishes.ts";
