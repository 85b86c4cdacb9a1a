/** One mail in plain text, as it is handed to a transport. */
export interface Letter {
  /** One address, checked by who composed it: no control characters, no second address. */
  readonly to: string;
  readonly subject: string;
  readonly text: string;
}

/** What carries letters away. Rejects when a letter was not accepted. */
export interface MailTransport {
  send(letter: Letter): Promise<void>;
  close(): void;
}
