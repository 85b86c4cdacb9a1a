import { DeleteObjectCommand, PutObjectCommand, type S3Client } from "@aws-sdk/client-s3";
import type { Clock, Random } from "@parley/protocol";
import type { CheckedStore } from "./check/checked-store.ts";
import { letIn, originsOf, shutOut } from "./check/cors.ts";
import { errorCode, NoAnswer, plainRequest } from "./check/plain-request.ts";
import { bucketRefusalIn, NO_STORE, refusalIn } from "./check/refusal.ts";
import { makeBucket } from "./make-bucket.ts";
import { probeKey } from "./object-keys.ts";
import { createS3Client } from "./s3-client.ts";
import { UrlSigner } from "./url-signer.ts";

export interface CheckOptions {
  readonly store: CheckedStore;
  /** As configured: "same-host", "null", or origins. */
  readonly origins: readonly string[];
  /** Pages of the web app come over TLS. */
  readonly https: boolean;
  readonly clock: Clock;
  readonly random: Random;
}

/** As long as clients' links live: with clocks that differ by more they are refused as expired, or live on. */
const PROBE_SECONDS = 5 * 60;
const MAX_SKEW_MS = PROBE_SECONDS * 1000;
/** Enough that nobody guesses the key, and that no other store has the same content. */
const PROBE_BYTES = 16;
const REQUEST_MS = 5_000;

export interface CheckedObjects {
  /** This server can write there. */
  readonly usable: boolean;
  /** One line each. */
  readonly warnings: readonly string[];
}

/**
 * What is wrong with an S3 store, in words for the operator: the mistakes that otherwise show only when somebody sends a file.
 * Makes the bucket, and the rule by which browsers may use it, where that is allowed.
 */
export async function checkObjects(options: CheckOptions): Promise<CheckedObjects> {
  const { store, clock } = options;
  const s3 = createS3Client(store, {
    maxAttempts: 1,
    // Signed by the node's clock, whatever the machine's says.
    systemClockOffset: clock.now() - Date.now(),
    requestHandler: { connectionTimeout: REQUEST_MS, requestTimeout: REQUEST_MS, throwOnRequestTimeout: true },
  });
  try {
    return await new ObjectsCheck(options, s3).run();
  } finally {
    s3.destroy();
  }
}

class ObjectsCheck {
  readonly #options: CheckOptions;
  readonly #store: CheckedStore;
  readonly #s3: S3Client;
  readonly #key: string;
  readonly #content: string;
  readonly #warnings: string[] = [];
  /** What refuses links is known, and said. */
  #isBehind = false;

  constructor(options: CheckOptions, s3: S3Client) {
    const word = () => Buffer.from(options.random.bytes(PROBE_BYTES)).toString("hex");
    this.#options = options;
    this.#store = options.store;
    this.#s3 = s3;
    this.#key = probeKey(word());
    this.#content = word();
  }

  async run(): Promise<CheckedObjects> {
    const warnings = this.#warnings;
    try {
      await this.#clocks();
      if (!(await this.#write())) return { usable: false, warnings };
    } catch (error) {
      // What the clocks differ by is said already, where that is why.
      if (warnings.length === 0) this.#say(refusalIn(error, this.#store));
      return { usable: false, warnings };
    }
    try {
      if (!(await this.#strangers())) return { usable: false, warnings };
      if (await this.#clients()) await this.#browsers();
    } catch (error) {
      this.#say(refusalIn(error, this.#store));
    } finally {
      await this.#remove();
    }
    return { usable: true, warnings };
  }

  #say(words: string): void {
    this.#warnings.push(`The object store at ${this.#store.endpoint} ${words}${words.endsWith("?") ? "" : "."}`);
  }

  async #clocks(): Promise<void> {
    const { clock } = this.#options;
    const before = clock.now();
    const { headers } = await plainRequest(this.#store.endpoint);
    const theirs = Date.parse(headers.get("date") ?? "");
    const skewMs = (before + clock.now()) / 2 - theirs;
    if (!(Math.abs(skewMs) > MAX_SKEW_MS)) return;
    const minutes = Math.round(Math.abs(skewMs) / 60_000);
    this.#isBehind = skewMs < 0;
    const effect = skewMs < 0 ? "links to files have expired when they are made" : "links to files live too long";
    this.#say(
      `has another time: this machine's clock is ${minutes} minutes ${skewMs < 0 ? "behind" : "ahead"}, so ${effect}, ` +
        "and above 15 minutes it refuses everything; let both take the time from the network (NTP)",
    );
  }

  /** An object as this server writes it, in a bucket that is made where there is none. False where that is not to be had. */
  async #write(): Promise<boolean> {
    const Bucket = this.#store.bucket;
    const put = () => this.#s3.send(new PutObjectCommand({ Bucket, Key: this.#key, Body: this.#content }));
    try {
      await put();
      return true;
    } catch (error) {
      if ((error as Error).name !== "NoSuchBucket") throw error;
    }
    try {
      await makeBucket(this.#s3, this.#store);
    } catch (error) {
      this.#say(bucketRefusalIn(error, this.#store));
      return false;
    }
    await put();
    return true;
  }

  /** Whoever has no link must get nothing. False where what answers is no store at all. */
  async #strangers(): Promise<boolean> {
    const { endpoint, bucket } = this.#store;
    const { status, body } = await plainRequest(this.#objectAt(endpoint));
    if (status !== 200) return true;
    const isThere = body === this.#content;
    this.#say(isThere ? `lets everybody read the bucket "${bucket}", without a link: make it private` : NO_STORE);
    return isThere;
  }

  /** By a link as clients get it. False where there is nothing more to look at by that way. */
  async #clients(): Promise<boolean> {
    const { publicEndpoint, bucket } = this.#store;
    const signer = new UrlSigner(
      this.#s3.config,
      { here: false, endpoint: new URL(publicEndpoint) },
      this.#options.clock,
    );
    const what = { method: "GET", bucket, key: this.#key, query: {}, headers: {} } as const;
    const { url } = await signer.sign(what, { host: "", ttlSeconds: PROBE_SECONDS });
    try {
      const { status, body } = await plainRequest(url);
      if (status === 200 && body === this.#content) return true;
      if (this.#isBehind) return false;
      this.#say(`is not what answers at its public endpoint ${publicEndpoint}: ${whatAnswered(status, body)}`);
    } catch (error) {
      if (!(error instanceof NoAnswer)) throw error;
      this.#say(
        `cannot be reached by its public endpoint ${publicEndpoint}, at least from here: ${error.message}; ` +
          "clients upload and download there",
      );
    }
    return false;
  }

  async #browsers(): Promise<void> {
    const { publicEndpoint, bucket } = this.#store;
    const origins = originsOf(this.#options.origins);
    if (this.#options.https && publicEndpoint.startsWith("http:")) {
      this.#say(
        `is reached by clients without TLS (${publicEndpoint}), which browsers refuse to pages that came over https`,
      );
    }
    const object = this.#objectAt(publicEndpoint);
    let out = await shutOut(object, origins);
    if (out.length === 0) return;
    let why = "";
    try {
      if (!(await letIn(this.#s3, bucket, origins))) return;
      out = await shutOut(object, origins);
    } catch (error) {
      why = `, and this access key may not set it (${(error as Error).name})`;
    }
    if (out.length === 0) return;
    const whose = out.includes("*") ? "any page" : `pages of ${out.join(" and ")}`;
    this.#say(
      `does not let browsers upload from ${whose} (CORS)${why}: allow GET, HEAD and PUT with all headers on the bucket "${bucket}"`,
    );
  }

  async #remove(): Promise<void> {
    try {
      await this.#s3.send(new DeleteObjectCommand({ Bucket: this.#store.bucket, Key: this.#key }));
    } catch (error) {
      const { name } = error as Error;
      this.#say(`did not delete what was written to look at it (${name}): what people retract would stay there`);
    }
  }

  #objectAt(endpoint: string): string {
    return `${endpoint.replace(/\/+$/, "")}/${this.#store.bucket}/${this.#key}`;
  }
}

function whatAnswered(status: number, body: string): string {
  switch (errorCode(body)) {
    case "SignatureDoesNotMatch":
      return "it refuses the signature, as a proxy makes it that changes host or path";
    case "InvalidAccessKeyId":
    case "NoSuchBucket":
    case "NoSuchKey":
      return "another store does";
    case null:
      return `something else does, with status ${status}`;
    default:
      return `it refuses a link (${errorCode(body)})`;
  }
}
