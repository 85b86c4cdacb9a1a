import { S3RequestPresigner } from "@aws-sdk/s3-request-presigner";
import type { Clock } from "@parley/protocol";
import type { Access } from "./objects.ts";

/** Where clients reach the store. */
export type PublicPlace =
  /** At the server that they are connected to: URLs have no origin, and are signed for the host that the client uses. */
  { readonly here: true; readonly path: string } | { readonly here: false; readonly endpoint: URL };

export interface ToSign {
  readonly method: "GET" | "PUT";
  readonly bucket: string;
  readonly key: string;
  readonly query: Readonly<Record<string, string>>;
  /** Signed, all of them. */
  readonly headers: Readonly<Record<string, string>>;
}

/** Those that every HTTP client writes itself, and that a web page may not set. */
const WRITTEN_BY_CLIENTS: ReadonlySet<string> = new Set(["content-length"]);

/** Presigned URLs, made without asking anybody. */
export class UrlSigner {
  readonly #presigner: S3RequestPresigner;
  readonly #place: PublicPlace;
  readonly #clock: Pick<Clock, "now">;

  constructor(
    config: ConstructorParameters<typeof S3RequestPresigner>[0],
    place: PublicPlace,
    clock: Pick<Clock, "now">,
  ) {
    this.#presigner = new S3RequestPresigner(config);
    this.#place = place;
    this.#clock = clock;
  }

  async sign(what: ToSign, access: Access): Promise<{ url: string; headers: Record<string, string> }> {
    const place = this.#place;
    const protocol = place.here ? "http:" : place.endpoint.protocol;
    const host = place.here ? access.host : place.endpoint.host;
    const base = place.here ? place.path : place.endpoint.pathname.replace(/\/+$/, "");
    const path = `${base}/${what.bucket}/${what.key}`;
    const signed = await this.#presigner.presign(
      {
        method: what.method,
        protocol,
        hostname: host.replace(/:\d+$/, ""),
        path,
        query: { ...what.query },
        headers: { ...what.headers, host },
      },
      {
        expiresIn: access.ttlSeconds,
        signingDate: new Date(this.#clock.now()),
        // The SDK leaves it out otherwise, and the store would take any type.
        signableHeaders: new Set(["content-type"]),
      },
    );
    const query = Object.entries(signed.query ?? {})
      .map(([name, value]) => `${encode(name)}=${encode(String(value))}`)
      .join("&");
    const headers = Object.entries(what.headers).filter(([name]) => !WRITTEN_BY_CLIENTS.has(name));
    return {
      url: `${place.here ? "" : place.endpoint.origin}${path}?${query}`,
      headers: Object.fromEntries(headers),
    };
  }
}

/** RFC 3986, as the signature counts it. */
function encode(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
