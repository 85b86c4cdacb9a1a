/** What can go wrong on the way to a relay; `words.ts` says each to a person. */
export type TurnProblemKind =
  /** The name has no address. */
  | "unknown-host"
  /** Nothing came back. */
  | "no-answer"
  /** The machine is there and nothing listens. */
  | "port-closed"
  /** The connection was cut. */
  | "closed"
  /** The certificate or the handshake. */
  | "tls"
  /** Something else listens there. */
  | "not-turn"
  /** It answered with an error; `code` says which. */
  | "refused";

export class TurnProblem extends Error {
  override readonly name = "TurnProblem";
  readonly kind: TurnProblemKind;
  readonly code: number;

  constructor(kind: TurnProblemKind, message: string, code = 0) {
    super(message);
    this.kind = kind;
    this.code = code;
  }
}
