import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { SMTPServer } from "smtp-server";
import { PATIENCE_MS } from "./patience.ts";

export interface ReceivedMail {
  readonly to: readonly string[];
  /** Whole, headers included, transfer encodings undone as far as our plain texts need it. */
  readonly text: string;
}

/** A real SMTP server on loopback that keeps what it gets. */
export class MailServer {
  readonly #server: SMTPServer;
  readonly received: ReceivedMail[] = [];
  #waiting: (() => void)[] = [];
  /** What it answers to the next mails instead of taking them: a reply code of SMTP for each. */
  readonly refusals: number[] = [];

  private constructor() {
    this.#server = new SMTPServer({
      disabledCommands: ["STARTTLS"],
      authOptional: true,
      onAuth: ({ username, password }, _session, done) => {
        if (username === "parley" && password === "s3cret/word") done(null, { user: username });
        else done(new Error("no"));
      },
      onData: (stream, { envelope }, done) => {
        const chunks: Buffer[] = [];
        stream.on("data", (chunk: Buffer) => chunks.push(chunk));
        stream.on("end", () => {
          const code = this.refusals.shift();
          if (code !== undefined) return done(Object.assign(new Error("refused"), { responseCode: code }));
          const text = Buffer.concat(chunks).toString().replaceAll("=\r\n", "").replaceAll("\r\n", "\n");
          this.received.push({ to: envelope.rcptTo.map(({ address }) => address), text });
          for (const wake of this.#waiting.splice(0)) wake();
          done();
        });
      },
    });
  }

  static async start(): Promise<MailServer> {
    const mails = new MailServer();
    mails.#server.listen(0, "127.0.0.1");
    await once(mails.#server.server, "listening");
    return mails;
  }

  get url(): string {
    const { port } = this.#server.server.address() as AddressInfo;
    return `smtp://parley:s3cret%2Fword@127.0.0.1:${port}?from=chat@parley.test`;
  }

  /** The first mail to this address that fits, now or later. */
  async mail(to: string, fits: (mail: ReceivedMail) => boolean = () => true): Promise<ReceivedMail> {
    const deadline = performance.now() + PATIENCE_MS;
    for (;;) {
      const found = this.received.find((mail) => mail.to.includes(to) && fits(mail));
      if (found !== undefined) return found;
      if (performance.now() > deadline) throw new Error(`No such mail to ${to}`);
      await this.#next(deadline);
    }
  }

  /** The code in the newest mail to this address of a purpose; of a mail that is not there yet when `after` were. */
  async code(to: string, after = 0): Promise<string> {
    const codes = () =>
      this.received.flatMap((mail) => (mail.to.includes(to) ? (/^ {4}(\d{6})$/m.exec(mail.text)?.[1] ?? []) : []));
    const deadline = performance.now() + PATIENCE_MS;
    while (codes().length <= after) {
      if (performance.now() > deadline) throw new Error(`No code to ${to}`);
      await this.#next(deadline);
    }
    return codes().at(-1) ?? "";
  }

  async stop(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  #next(deadline: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, deadline - performance.now());
      this.#waiting.push(() => {
        clearTimeout(timer);
        resolve();
      });
    });
  }
}
