import type { PeerLook } from "@parley/protocol/client";

export type Quality = "good" | "weak" | "bad";

/** From here on speech has gaps, and pictures stand still. */
const WEAK = { lost: 0.04, roundTripMs: 500 } as const;
const BAD = { lost: 0.12, roundTripMs: 1_200 } as const;
/** Bad looks in a row until pictures are given up, and good ones until they are tried again. */
const BAD_LOOKS = 3;
const GOOD_LOOKS = 5;
/** Each time that pictures did not go well it is tried half as soon. */
const GOOD_LOOKS_MAX = 80;

export function qualityOf({ lostFraction, roundTripMs }: Pick<PeerLook, "lostFraction" | "roundTripMs">): Quality {
  const lost = lostFraction ?? 0;
  const roundTrip = roundTripMs ?? 0;
  if (lost >= BAD.lost || roundTrip >= BAD.roundTripMs) return "bad";
  return lost >= WEAK.lost || roundTrip >= WEAK.roundTripMs ? "weak" : "good";
}

/** Decides when a line is too bad for pictures; speech goes first. */
export class PictureRule {
  #bad = 0;
  #good = 0;
  #patience = GOOD_LOOKS;
  withoutPictures = false;

  /** One look at the worst of the lines. */
  look(quality: Quality): void {
    this.#bad = quality === "bad" ? this.#bad + 1 : 0;
    this.#good = quality === "good" ? this.#good + 1 : 0;
    if (!this.withoutPictures && this.#bad >= BAD_LOOKS) {
      this.withoutPictures = true;
    } else if (this.withoutPictures && this.#good >= this.#patience) {
      this.withoutPictures = false;
      this.#patience = Math.min(GOOD_LOOKS_MAX, this.#patience * 2);
    }
  }
}
