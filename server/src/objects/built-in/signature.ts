import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";
import type { Target } from "./request-target.ts";
import { S3Refusal } from "./s3-refusal.ts";

export interface KeyPair {
  readonly accessKey: string;
  readonly secretKey: string;
  readonly region: string;
}

export interface RequestToVerify {
  readonly method: string;
  readonly target: Target;
  readonly headers: IncomingHttpHeaders;
  /** As the client wrote it, whatever proxies made of it. */
  readonly host: string;
}

/** A request whose signature is right. */
export interface Verified {
  /** SHA-256 in hex that the body must have; null: it was left open. */
  readonly bodySha256: string | null;
}

const ALGORITHM = "AWS4-HMAC-SHA256";
const UNSIGNED = "UNSIGNED-PAYLOAD";
/** As in S3: clocks differ, and a request that was recorded is not sent again later. */
const SKEW_MAX_MS = 15 * 60_000;
/** As in S3: a signature is not for ever. */
const TTL_MAX_SECONDS = 7 * 24 * 3_600;

interface Claim {
  readonly credential: string;
  readonly signedHeaders: string;
  readonly signature: string;
  readonly time: string;
  readonly bodySha256: string;
  /** Null: signed in the headers, for now. */
  readonly ttlSeconds: number | null;
}

/** AWS Signature Version 4, in the query or in the headers. Throws `S3Refusal`. */
export function verify(request: RequestToVerify, keys: KeyPair, now: number): Verified {
  const claim = request.target.query.has("X-Amz-Signature") ? claimOfQuery(request) : claimOfHeaders(request);
  const [accessKey, day = "", region, service, end, ...more] = claim.credential.split("/");
  if (accessKey !== keys.accessKey) throw new S3Refusal("InvalidAccessKeyId", "There is no such access key.");
  const scope = `${day}/${keys.region}/s3/aws4_request`;
  if (more.length > 0 || `${day}/${region}/${service}/${end}` !== scope || !claim.time.startsWith(day)) {
    throw new S3Refusal("SignatureDoesNotMatch", "It was signed for another place or day.");
  }
  const names = claim.signedHeaders.split(";");
  everythingIsSigned(names, request);
  const toSign = [ALGORITHM, claim.time, scope, sha256(canonical(request, names, claim.bodySha256))].join("\n");
  const key = [day, keys.region, "s3", "aws4_request"].reduce(hmac, Buffer.from(`AWS4${keys.secretKey}`));
  const expected = hmac(key, toSign);
  const given = /^[0-9a-f]{64}$/.test(claim.signature) ? Buffer.from(claim.signature, "hex") : Buffer.alloc(0);
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) {
    throw new S3Refusal("SignatureDoesNotMatch", "The signature is not of this request.");
  }
  inTime(claim, now);
  return { bodySha256: claim.bodySha256 === UNSIGNED ? null : claim.bodySha256 };
}

function claimOfQuery({ target: { query } }: RequestToVerify): Claim {
  const ttl = query.get("X-Amz-Expires") ?? "";
  const ttlSeconds = /^\d{1,6}$/.test(ttl) ? Number(ttl) : 0;
  if (query.get("X-Amz-Algorithm") !== ALGORITHM || ttlSeconds < 1 || ttlSeconds > TTL_MAX_SECONDS) {
    throw new S3Refusal("AuthorizationQueryParametersError", "The query is not signed as it should be.");
  }
  return {
    credential: query.get("X-Amz-Credential") ?? "",
    signedHeaders: query.get("X-Amz-SignedHeaders") ?? "",
    signature: query.get("X-Amz-Signature") ?? "",
    time: query.get("X-Amz-Date") ?? "",
    bodySha256: UNSIGNED,
    ttlSeconds,
  };
}

function claimOfHeaders({ headers }: RequestToVerify): Claim {
  const { authorization } = headers;
  if (authorization === undefined) throw new S3Refusal("AccessDenied", "The request is not signed.");
  const [, credential = "", signedHeaders = "", signature = ""] =
    /^AWS4-HMAC-SHA256 Credential=([^,\s]+),\s*SignedHeaders=([^,\s]+),\s*Signature=([^,\s]+)$/.exec(authorization) ??
    [];
  const bodySha256 = String(headers["x-amz-content-sha256"] ?? "");
  if (credential === "" || !(bodySha256 === UNSIGNED || /^[0-9a-f]{64}$/.test(bodySha256))) {
    throw new S3Refusal("AuthorizationHeaderMalformed", "The headers are not signed as they should be.");
  }
  return {
    credential,
    signedHeaders,
    signature,
    time: String(headers["x-amz-date"] ?? ""),
    bodySha256,
    ttlSeconds: null,
  };
}

/** A header that decides what is done could be added otherwise. */
function everythingIsSigned(names: readonly string[], { headers }: RequestToVerify): void {
  const signed = new Set(names);
  const missing = Object.keys(headers).some((name) => name.startsWith("x-amz-") && !signed.has(name));
  if (missing || !signed.has("host")) throw new S3Refusal("AccessDenied", "There are headers that were not signed.");
}

function inTime({ time, ttlSeconds }: Claim, now: number): void {
  const [, year, month, day, hour, minute, second] = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(time) ?? [];
  const at = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  if (!(Math.abs(now - at) <= SKEW_MAX_MS) && (ttlSeconds === null || !(at <= now + SKEW_MAX_MS))) {
    throw new S3Refusal("RequestTimeTooSkewed", "The clocks of client and server differ too much.");
  }
  if (ttlSeconds !== null && now > at + ttlSeconds * 1_000) throw new S3Refusal("AccessDenied", "Request has expired");
}

function canonical({ method, target, headers, host }: RequestToVerify, names: readonly string[], body: string): string {
  const query = [...target.query]
    .filter(([name]) => name !== "X-Amz-Signature")
    .map(([name, value]) => `${encode(name)}=${encode(value)}`)
    .sort((a, b) => (a < b ? -1 : 1));
  const lines = names.map((name) => {
    const value = name === "host" ? host.toLowerCase() : headers[name];
    const text = Array.isArray(value) ? value.join(",") : (value ?? "");
    return `${name}:${text.trim().replace(/ +/g, " ")}\n`;
  });
  return [method, target.path, query.join("&"), lines.join(""), names.join(";"), body].join("\n");
}

/** RFC 3986: all but the unreserved characters. */
function encode(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

function hmac(key: Buffer, text: string): Buffer {
  return createHmac("sha256", key).update(text).digest();
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
