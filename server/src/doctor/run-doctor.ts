import type { Config } from "../config.ts";
import type { Finding } from "./finding.ts";
import { type InsideParts, inside } from "./inside.ts";
import { outside } from "./outside.ts";

const SIGNS = { ok: "ok      ", warning: "warning ", failed: "FAILED  ", unproven: "unproven" } as const;

export interface DoctorOrder extends InsideParts {
  /** Where people reach the server; null: it is not asked. */
  readonly url: string | null;
  /** Of this server, when it can be read here. */
  readonly fingerprint: () => Promise<string | null>;
}

/** Says what it finds as it finds it. True: nothing failed. */
export async function runDoctor(config: Config, order: DoctorOrder, say: (line: string) => void): Promise<boolean> {
  let good = true;
  const tell = ({ outcome, text }: Finding) => {
    if (outcome === "failed") good = false;
    say(`${SIGNS[outcome]}  ${text}`);
  };
  for await (const finding of inside(config, order)) tell(finding);
  if (order.url === null)
    tell({ outcome: "unproven", text: "What people meet: give the address that they use with --url." });
  else {
    const fingerprint = await order.fingerprint();
    const about = { url: order.url, fingerprint, hasBuiltInFiles: config.objectsEndpoint === "" };
    try {
      for await (const finding of outside(about)) tell(finding);
    } catch (error) {
      // It answered before: whatever this is, people meet it, too.
      const { code, message } = error as NodeJS.ErrnoException;
      tell({ outcome: "failed", text: `${order.url} broke off in the middle: ${code ?? message}.` });
    }
  }
  return good;
}
