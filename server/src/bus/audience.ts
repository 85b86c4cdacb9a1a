/** For so long after a message that nobody else got, nobody else is taken to be there. */
const ALONE_MS = 1_000;
/** After so long it is asked anew, or each second what a busy node says until the answer comes would be sent to nobody. */
const ASK_MS = ALONE_MS / 2;

/**
 * Whether anybody but this node hears what it says. A node that is alone, as most are, need not send what only comes back
 * to it; who comes greets, and should that be lost, the next message is sent after a moment all the same.
 */
export class Audience {
  readonly #monotonic: () => number;
  #aloneUntil = Number.NEGATIVE_INFINITY;
  /** Never while an answer is awaited: should none come, what is said next is sent. */
  #askAt = Number.POSITIVE_INFINITY;
  #changes = 0;

  constructor(monotonic: () => number) {
    this.#monotonic = monotonic;
  }

  get isNobody(): boolean {
    return this.#monotonic() < this.#aloneUntil;
  }

  /** It was told a while ago that nobody is there. */
  get isToBeAsked(): boolean {
    return this.#monotonic() >= this.#askAt;
  }

  /** Somebody was heard, or may be there now. */
  expect(): void {
    this.#aloneUntil = Number.NEGATIVE_INFINITY;
    this.#changes += 1;
  }

  /** To be called when a message is sent; the answer takes how many got it, this node included. */
  sending(): (receivers: number) => void {
    const [changes, sentAt] = [this.#changes, this.#monotonic()];
    this.#askAt = Number.POSITIVE_INFINITY;
    return (receivers) => {
      // Who was heard meanwhile came after the message was counted.
      if (receivers > 1 || changes !== this.#changes) return;
      this.#aloneUntil = sentAt + ALONE_MS;
      this.#askAt = sentAt + ASK_MS;
    };
  }
}
