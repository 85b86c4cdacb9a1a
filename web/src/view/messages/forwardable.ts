import type { TextMessage } from "../../model/message.ts";

export function isForwardable({ seq, retracted, poll, call }: TextMessage): boolean {
  return seq !== undefined && !retracted && (poll ?? call) === undefined;
}
