import fc from "fast-check";
import { damage } from "./damaged-bytes.ts";
import { hostileText } from "./texts.ts";

const VERBS = ["GET", "GET", "POST", "POST", "PUT", "HEAD", "OPTIONS", "DELETE", "PATCH", "TRACE", "CONNECT", "QUERY"];
const NAMES = /[^A-Za-z0-9!#$%&'*+.^_`|~-]/g;

const headerValue = fc.oneof(
  hostileText.map((text) => text.replace(/[\r\n]/g, "")),
  fc.constantFrom("0", "-1", "99999999999999999999", "chunked", "gzip, chunked", "identity", "application/json", "*"),
  fc.constantFrom("bytes=0-", "bytes=-1", "bytes=5-2", "bytes=0-0,1-1", "bytes=99999999999999-", "lines=1-2"),
  fc.constantFrom("Bearer x", `Bearer ${"A".repeat(43)}`, "Basic YTpi", "AWS4-HMAC-SHA256 Credential=a/b/c"),
  fc.constantFrom("100-continue", "close", "keep-alive", "upgrade", "websocket", "h2c", "127.0.0.1", "evil.example"),
  fc.constant("x".repeat(9_000)),
);
const headerName = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.constantFrom(
      ...["host", "content-length", "transfer-encoding", "content-type", "authorization", "origin", "range", "expect"],
      ...["connection", "upgrade", "sec-websocket-key", "sec-websocket-version", "sec-websocket-protocol"],
      ...["x-forwarded-for", "x-forwarded-proto", "forwarded", "accept-encoding", "if-none-match", "if-range"],
      ...["x-amz-copy-source", "x-amz-date", "content-md5", "cookie", "te", "trailer", "__proto__"],
    ),
  },
  { weight: 1, arbitrary: fc.string({ maxLength: 10 }).map((text) => text.replace(NAMES, "") || "x") },
);
const header = fc.tuple(headerName, headerValue).map(([name, value]) => `${name}: ${value}`);

const body = fc.oneof(
  fc.constantFrom("", "{}", "null", "[", '{"a":', '"x"', "5\r\nhello\r\n0\r\n\r\n", "ffffffffff\r\n", "-1\r\n\r\n"),
  fc.jsonValue().map((value) => JSON.stringify(value)),
  fc.constant("[".repeat(50_000)),
);

export interface HttpStory {
  readonly verb: string;
  readonly path: string;
  readonly bytes: Buffer;
}

/** Requests to one of these paths, from nearly right to no HTTP at all. */
export function httpStories(paths: readonly string[]): fc.Arbitrary<HttpStory> {
  const twisted = fc.oneof(
    { weight: 3, arbitrary: fc.constant((path: string) => path) },
    {
      weight: 2,
      arbitrary: fc
        .constantFrom(
          "?",
          "?a=%",
          "?a=1&a=2",
          "/",
          "//",
          "/..",
          "/../../../etc/passwd",
          "/%2e%2e/%2e%2e/x",
          "%00",
          "\\..",
        )
        .map((end) => (path: string) => `${path}${end}`),
    },
    {
      weight: 1,
      arbitrary: hostileText.map(
        (text) => (path: string) => `${path}?${encodeURIComponent(Buffer.from(text).toString())}`,
      ),
    },
    { weight: 1, arbitrary: fc.constant((path: string) => `http://evil.example${path}`) },
  );
  const story = fc.record({
    verb: fc.constantFrom(...VERBS),
    path: fc.tuple(fc.constantFrom(...paths), twisted).map(([path, twist]) => twist(path)),
    headers: fc.array(header, { maxLength: 5 }),
    // Without a length no body is expected, and what follows is another request.
    honest: fc.boolean(),
    body,
  });
  const changes = fc.oneof(
    { weight: 2, arbitrary: fc.constant((bytes: Buffer) => bytes) },
    { weight: 1, arbitrary: damage },
  );
  return fc.tuple(story, changes).map(([{ verb, path, headers, honest, body: text }, change]) => {
    const length = honest ? [`content-length: ${Buffer.byteLength(text)}`, "content-type: application/json"] : [];
    const lines = [`${verb} ${path} HTTP/1.1`, "host: 127.0.0.1", ...length, ...headers];
    return { verb, path, bytes: change(Buffer.from(`${lines.join("\r\n")}\r\n\r\n${text}`)) };
  });
}
