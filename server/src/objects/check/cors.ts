import type { CORSRule, S3Client } from "@aws-sdk/client-s3";
import { plainRequest } from "./plain-request.ts";

/** What the web app does at the store: upload with these headers, download by Range, and read these of the answers. */
const METHODS = ["GET", "HEAD", "PUT"];
const SENT = ["content-md5", "content-type", "if-none-match", "range"];
const EXPOSED = ["ETag", "Content-Length", "Content-Range", "Accept-Ranges"];
/** How long a browser need not ask again. */
const MAX_AGE_SECONDS = 3_600;
/** By which our rule is found again. */
const RULE_ID = "parley";

/** Stands for every page where any host may serve the app. It is nobody's: `.invalid` never has an address. */
const ANY_ORIGIN = "https://parley.invalid";

/** Whose pages must be let in: the origins of the configuration. "*" where they are those of any host that leads to this server. */
export function originsOf(configured: readonly string[]): readonly string[] {
  return configured.includes("same-host") ? ["*"] : configured;
}

/** Those of the origins whose pages a browser would keep from the store. Throws `NoAnswer`. */
export async function shutOut(objectUrl: string, origins: readonly string[]): Promise<string[]> {
  const open = await Promise.all(
    origins.map(async (given) => {
      const origin = given === "*" ? ANY_ORIGIN : given;
      return (await letsIn(objectUrl, origin, "PUT")) && (await letsIn(objectUrl, origin, "GET"));
    }),
  );
  return origins.filter((_, at) => !open[at]);
}

/** Asks as a browser asks before it sends such a request. */
async function letsIn(objectUrl: string, origin: string, method: string): Promise<boolean> {
  const { status, headers } = await plainRequest(objectUrl, {
    method: "OPTIONS",
    headers: {
      origin,
      "access-control-request-method": method,
      "access-control-request-headers": SENT.join(","),
    },
  });
  if (status < 200 || status > 299) return false;
  const allows = (what: string, wanted: string) =>
    (headers.get(`access-control-allow-${what}`) ?? "")
      .split(",")
      .map((item) => item.trim().toLowerCase())
      .some((item) => item === "*" || item === wanted.toLowerCase());
  return allows("origin", origin) && allows("methods", method) && SENT.every((name) => allows("headers", name));
}

/**
 * Adds a rule for them to the bucket's own, which stay. Where any page is to be let in and somebody has already said which
 * may upload, that is left as it is: they know their host, we do not. Returns whether something changed.
 */
export async function letIn(s3: S3Client, bucket: string, origins: readonly string[]): Promise<boolean> {
  const { GetBucketCorsCommand, PutBucketCorsCommand } = await import("@aws-sdk/client-s3");
  const others = await s3.send(new GetBucketCorsCommand({ Bucket: bucket })).then(
    ({ CORSRules = [] }) => CORSRules.filter(({ ID }) => ID !== RULE_ID),
    (error: Error) => {
      if (error.name === "NoSuchCORSConfiguration") return [];
      throw error;
    },
  );
  if (origins.includes("*") && others.some((rule) => rule.AllowedMethods?.includes("PUT"))) return false;
  const ours: CORSRule = {
    ID: RULE_ID,
    AllowedOrigins: [...origins],
    AllowedMethods: METHODS,
    AllowedHeaders: ["*"],
    ExposeHeaders: EXPOSED,
    MaxAgeSeconds: MAX_AGE_SECONDS,
  };
  await s3.send(new PutBucketCorsCommand({ Bucket: bucket, CORSConfiguration: { CORSRules: [...others, ours] } }));
  return true;
}
