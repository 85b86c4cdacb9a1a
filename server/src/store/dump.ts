/**
 * The whole of a store, piece by piece, for a backup. A key comes as one piece or as several, and memory holds one. Reading changes
 * nothing and needs nothing of the server that runs meanwhile.
 */
export type Piece = PieceOfKey &
  (
    | { readonly kind: "string"; readonly value: string }
    | { readonly kind: "hash"; readonly fields: readonly (readonly [field: string, value: string])[] }
    /** `from` is the index of the first entry: pieces of one list may overlap, never leave a gap. */
    | { readonly kind: "list"; readonly from: number; readonly entries: readonly string[] }
    | { readonly kind: "set"; readonly members: readonly string[] }
    | { readonly kind: "sorted"; readonly members: readonly (readonly [member: string, score: number])[] }
  );

interface PieceOfKey {
  readonly key: string;
  /** Unix time in milliseconds; 0: never. */
  readonly expiresAt: number;
}

export interface Dump {
  /** True: what is read is all of one moment, whatever is written meanwhile. */
  readonly isSnapshot: boolean;
  /** Pieces of the keys that are wanted, each as it is when it is read. A key may come twice. */
  pieces(wants: (key: string) => boolean): AsyncIterable<Piece>;
  close(): Promise<void>;
}

/** Fields, entries or members of one piece: some hundred kilobytes of messages. */
export const PIECE_LENGTH = 500;
