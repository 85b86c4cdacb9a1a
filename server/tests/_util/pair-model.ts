/** What two people, 0 and 1, are to each other, as they would tell it: written apart from the server's own rules. */
export interface PairModel {
  readonly contacts: boolean;
  readonly asks: readonly [Asks, Asks];
  readonly blocks: readonly [boolean, boolean];
  /** Refused the other today. */
  readonly refused: readonly [boolean, boolean];
}
type Asks = "no" | "openly" | "unheard";

export type Who = 0 | 1;
export const DEEDS = ["ask", "cancel", "accept", "refuse", "ignore", "remove", "block", "unblock"] as const;
export type Deed = (typeof DEEDS)[number];

export const STRANGERS: PairModel = {
  contacts: false,
  asks: ["no", "no"],
  blocks: [false, false],
  refused: [false, false],
};

const CONTACTS: PairModel = { ...STRANGERS, contacts: true };

function put<T>(pair: readonly [T, T], who: Who, value: T): [T, T] {
  return who === 0 ? [value, pair[1]] : [pair[0], value];
}

/** What the deed does and what is answered: `yes` for "contacts now", `ok`, or the name of a refusal. */
export function deed(model: PairModel, who: Who, what: Deed): readonly [PairModel, string] {
  const other: Who = who === 0 ? 1 : 0;
  const { contacts, asks, blocks, refused } = model;
  const heard = asks[other] !== "no" && !blocks[who];
  switch (what) {
    case "ask":
      if (blocks[who]) return [model, "YOU_BLOCKED"];
      if (contacts) return [model, "yes"];
      if (heard) return [{ ...CONTACTS, blocks }, "yes"];
      if (asks[who] !== "no") return [model, "ok"];
      if (refused[other]) return [model, "REQUEST_REFUSED"];
      return [{ ...model, asks: put(asks, who, blocks[other] ? "unheard" : "openly") }, "ok"];
    case "cancel":
      return [{ ...model, asks: put(asks, who, "no") }, "ok"];
    case "accept":
      if (contacts) return [model, "ok"];
      return heard ? [{ ...CONTACTS, blocks }, "ok"] : [model, "NOT_FOUND"];
    case "refuse":
      if (heard) return [{ ...model, asks: put(asks, other, "no"), refused: put(refused, who, true) }, "ok"];
      return [model, refused[who] ? "ok" : "NOT_FOUND"];
    case "ignore":
      return heard ? [{ ...model, asks: put(asks, other, "unheard") }, "ok"] : [model, "NOT_FOUND"];
    case "remove":
      return [{ ...model, contacts: false }, "ok"];
    case "block": {
      if (blocks[who]) return [model, "ok"];
      const unheard = asks[other] === "no" ? asks : put(asks, other, "unheard" as const);
      return [{ ...model, contacts: false, asks: put(unheard, who, "no"), blocks: put(blocks, who, true) }, "ok"];
    }
    case "unblock":
      return [{ ...model, blocks: put(blocks, who, false) }, "ok"];
  }
}

export interface PairView {
  readonly contact: boolean;
  readonly request: "in" | "out" | "none";
  readonly blocked: boolean;
  readonly mayWrite: boolean;
}

export function viewOf({ contacts, asks, blocks }: PairModel, who: Who): PairView {
  const isAsked = asks[who === 0 ? 1 : 0] === "openly";
  return {
    contact: contacts,
    request: isAsked ? "in" : asks[who] === "no" ? "none" : "out",
    blocked: blocks[who],
    mayWrite: !blocks[0] && !blocks[1],
  };
}
