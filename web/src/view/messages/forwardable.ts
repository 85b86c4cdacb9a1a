import type { TextMessage } from "../../model/message.ts";

export function isForwardable({ seq, retracted, poll }: TextMessage): boolean {
  return seq !== undefined && !retracted && poll === undefined;
}
