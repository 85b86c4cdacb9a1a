/** What a page asks of its hash worker, and what that answers. `hash`: which of those that were begun. */
export type HashJob = { readonly id: number; readonly hash: number } & (
  | { readonly job: "begin"; readonly name: HashName }
  | { readonly job: "update"; readonly bytes: Uint8Array }
  | { readonly job: "digest" }
  /** Nobody wants it any more; it is not answered. */
  | { readonly job: "drop" }
);

export type HashName = "sha256" | "md5";

export type HashAnswer =
  | { readonly id: number; readonly ok: true; readonly digest?: Uint8Array }
  | { readonly id: number; readonly ok: false };
