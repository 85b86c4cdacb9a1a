import type { Talk } from "./talk.ts";

/** What is needed for a fault and is not there: then it is left out, in words. */
export class Lacking extends Error {
  override readonly name = "Lacking";
}

/** Whole servers that run, with what they need, until they are closed. */
export interface Scene {
  /** Where people connect: they are dealt out over these in turns. */
  readonly wsUrls: readonly string[];
  /**
   * Brings the fault about, and resolves at its end. Answers what shows that it was there; null when nothing does, and
   * then nothing was proved.
   */
  strike(talk: Talk): Promise<string | null>;
  /** What an operator or a service manager does then. It is part of the time in which all has to be well again. */
  mend?(): Promise<void>;
  close(): Promise<void>;
}

/** A row of the table. */
export interface Fault {
  readonly what: string;
  /** How it is made, in a sentence. */
  readonly made: string;
  readonly store: "embedded" | "Redis";
  /** Of each text, where something has to be filled. */
  readonly textBytes?: number;
  /** Throws `Lacking`. */
  open(): Promise<Scene>;
}
