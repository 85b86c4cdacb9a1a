import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { SMTPServer } from "smtp-server";

const PATIENCE_MS = 15_000;

/** A real SMTP server on loopback, for the codes that people get by mail. */
export class MailServer {
  readonly #server: SMTPServer;
  readonly #codes: { readonly to: string; readonly code: string }[] = [];
  #waiting: (() => void)[] = [];

  private constructor() {
    this.#server = new SMTPServer({
      disabledCommands: ["STARTTLS", "AUTH"],
      onData: (stream, { envelope }, done) => {
        let text = "";
        stream.setEncoding("utf8");
        stream.on("data", (chunk: string) => {
          text += chunk;
        });
        stream.on("end", () => {
          const code = /^ {4}(\d{6})\r?$/m.exec(text)?.[1];
          for (const { address } of envelope.rcptTo) if (code !== undefined) this.#codes.push({ to: address, code });
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
    return `smtp://127.0.0.1:${port}?from=chat@parley.test`;
  }

  /** The code of the next mail to this address, or of one that came already; each is told once. */
  async code(to: string): Promise<string> {
    const deadline = performance.now() + PATIENCE_MS;
    for (;;) {
      const found = this.#codes.findIndex((one) => one.to === to);
      if (found >= 0) return this.#codes.splice(found, 1)[0]?.code ?? "";
      if (performance.now() > deadline) throw new Error(`No code to ${to}`);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, deadline - performance.now());
        this.#waiting.push(() => {
          clearTimeout(timer);
          resolve();
        });
      });
    }
  }

  async stop(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }
}
