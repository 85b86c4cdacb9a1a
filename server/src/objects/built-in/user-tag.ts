import { createHmac } from "node:crypto";

/** In the signed query: for whom the URL was made. Nobody can change it, and it tells nobody who that is. */
export const USER_QUERY = "x-parley-user";
/** Bytes: no two people of one server have the same. */
const TAG_BYTES = 12;

export function userTag(userId: string, secret: string): string {
  return createHmac("sha256", secret).update(userId).digest().subarray(0, TAG_BYTES).toString("base64url");
}
