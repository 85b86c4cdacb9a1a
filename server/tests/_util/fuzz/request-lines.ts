import fc from "fast-check";
import { hostileText } from "./texts.ts";

/** Deep enough to exhaust the stack of a parser or a walk that calls itself, and short enough for one message. */
const DEPTHS = [10, 1_000, 100_000];

const nested = fc
  .constantFrom(...DEPTHS)
  .chain((depth) =>
    fc.constantFrom(
      `${"[".repeat(depth)}${"]".repeat(depth)}`,
      `${'{"a":'.repeat(depth)}1${"}".repeat(depth)}`,
      "[".repeat(depth),
    ),
  );

/** JSON text of one value, of a kind that nobody expects at its place. */
const valueText: fc.Arbitrary<string> = fc.oneof(
  fc.jsonValue({ maxDepth: 2 }).map((value) => JSON.stringify(value)),
  hostileText.map((text) => JSON.stringify(text)),
  fc.constantFrom("1e999", "-1e999", "1e-999", "9".repeat(400), "-0", "0.1", "01", "+1", "NaN", "0x10", "1n"),
  fc.constantFrom('"\\ud800"', '"\\u0000"', '"\\x41"', '"unended', "tru", "undefined", "'single'", ""),
  nested,
);

const idText = fc.oneof(
  { weight: 3, arbitrary: fc.integer({ min: 1_000, max: 2 ** 31 }).map(String) },
  { weight: 1, arbitrary: valueText },
);
const methodText = fc.oneof(
  { weight: 2, arbitrary: fc.constantFrom('"node.info"', '"account.get"', '"sync.pull"', '"message.history"') },
  { weight: 1, arbitrary: fc.constantFrom('"no.such"', '"__proto__"', '"constructor"', '"toString"', '"message.new"') },
  { weight: 1, arbitrary: valueText },
);
const paramsText = fc.oneof(
  { weight: 2, arbitrary: fc.constant("{}") },
  { weight: 1, arbitrary: fc.constantFrom('{"__proto__":{"limit":1}}', '{"constructor":{"prototype":{}}}', "[]") },
  { weight: 2, arbitrary: valueText },
);

/** Members in any order, missing, twice, or unknown. */
const members = fc
  .tuple(idText, methodText, paramsText, fc.constantFrom('"2.0"', '"2.0"', '"2.0"', '"1.0"', "2.0", "null"))
  .map(([id, method, params, version]) => [
    `"jsonrpc":${version}`,
    `"id":${id}`,
    `"method":${method}`,
    `"params":${params}`,
  ]);
const object = fc
  .tuple(
    members,
    members,
    fc.shuffledSubarray([0, 1, 2, 3], { minLength: 2 }),
    fc.subarray([0, 1, 2, 3], { maxLength: 2 }),
    fc.constantFrom("", "", "", ',"result":{}', ',"error":{"code":1}', ',"__proto__":{"id":1}', ",", "}"),
  )
  .map(([first, second, kept, twice, more]) => {
    const written = [...kept.map((at) => first[at]), ...twice.map((at) => second[at])].join(",");
    return `{${written}${more}}`;
  });

/** What may stand where a request is expected: nearly one, several in one, or none at all. */
export const requestLine: fc.Arbitrary<string> = fc.oneof(
  { weight: 4, arbitrary: object },
  { weight: 1, arbitrary: fc.array(object, { maxLength: 3 }).map((batch) => `[${batch.join(",")}]`) },
  { weight: 1, arbitrary: valueText },
  { weight: 1, arbitrary: fc.tuple(hostileText, object).map(([text, line]) => `${text}${line}`) },
);
