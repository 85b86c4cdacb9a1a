import type { ChatId, FileKind } from "@parley/protocol";
import { limits } from "@parley/protocol";
import { makeAutoObservable, observableRef, runInAction } from "mobx";
import { type Failure, toFailure } from "./failure.ts";
import type { WantedFile } from "./file-urls.ts";
import { fromLog } from "./message.ts";
import type { Talk } from "./talk.ts";

/** As many as fit one screen; `message.get` takes them in one go. */
const PAGE = Math.min(limits.SEQS_MAX, limits.FILE_LIST_PAGE_MAX, 50);

export interface FoundFile extends WantedFile {
  readonly sender: string;
  readonly sentAt: number;
}

/** The files of one chat, the newest first, as far as somebody has scrolled. */
export class ChatFiles {
  kind: FileKind = "image";
  found: readonly FoundFile[] = [];
  state: "loading" | "loaded" | "failed" = "loading";
  more = false;
  failure: Failure | null = null;
  readonly #chatId: ChatId;
  readonly #talk: Talk;
  /** The oldest message that was listed. */
  #before: number | undefined;

  constructor(chatId: ChatId, talk: Talk) {
    this.#chatId = chatId;
    this.#talk = talk;
    makeAutoObservable(this, { found: observableRef, failure: observableRef });
  }

  async choose(kind: FileKind): Promise<void> {
    this.kind = kind;
    this.found = [];
    this.more = false;
    this.#before = undefined;
    await this.load();
  }

  async load(): Promise<void> {
    this.state = "loading";
    const { kind } = this;
    const chatId = this.#chatId;
    try {
      const page = await this.#talk.request("file.list", {
        chatId,
        kinds: [kind],
        limit: PAGE,
        ...(this.#before === undefined ? {} : { before: this.#before }),
      });
      const seqs = [...page.seqs];
      const messages = seqs.length === 0 ? [] : (await this.#talk.request("message.get", { chatId, seqs })).messages;
      const files = messages.flatMap((entry): FoundFile[] => {
        const message = fromLog(entry);
        if (message?.kind !== "text" || message.seq === undefined) return [];
        const { sender, sentAt, seq, file } = message;
        const forwarded = (message.items ?? []).flatMap((item) =>
          item.kind === kind && "fileId" in item.body ? [{ ...item.body, kind }] : [],
        );
        const held = file?.kind === kind ? [file, ...forwarded] : forwarded;
        return held.map((one) => ({ place: { chatId, seq }, file: one, sender, sentAt }));
      });
      runInAction(() => {
        if (kind !== this.kind) return;
        this.found = [...this.found, ...files.sort((a, b) => b.place.seq - a.place.seq)];
        this.#before = seqs.length === 0 ? this.#before : Math.min(...seqs);
        this.more = page.more ?? false;
        this.state = "loaded";
      });
    } catch (error) {
      runInAction(() => {
        if (kind !== this.kind) return;
        this.state = "failed";
        this.failure = toFailure(error);
      });
    }
  }
}
