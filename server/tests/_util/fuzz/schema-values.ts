import fc from "fast-check";
import type { TSchema } from "typebox";
import { Value } from "typebox/value";
import { hostileText, textOf } from "./texts.ts";

/** What JSON Schema says of a value, as far as our tables use it. */
export interface Schema {
  readonly type?: string;
  readonly const?: unknown;
  readonly anyOf?: readonly Schema[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly patternProperties?: Readonly<Record<string, Schema>>;
  readonly pattern?: string;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly minimum?: number;
  readonly maximum?: number;
}

/** Values that mean something to the server under test, by the name of their field. */
export type Names = Readonly<Record<string, readonly unknown[]>>;
/** Asked anew for each value: what they name may end, and others take its place. */
export type Pool = () => Names;

/** Of a list without a bound, and of the longest that are made: what is longer is told from it by length alone. */
const ITEMS_MAX = 6;
const LONG_TEXT = 20_000;

/** Values that a schema takes, by preference those that lead somewhere. */
export function valuesOf(schema: Schema, pool: Pool, field = ""): fc.Arbitrary<unknown> {
  const any = freeValuesOf(schema, pool, field);
  if (named(pool, field, schema).length === 0) return any;
  return fc.oneof({ weight: 5, arbitrary: pickOf(pool, field, schema) }, { weight: 1, arbitrary: any });
}

const PICKS = 1_000;

function pickOf(pool: Pool, field: string, schema: Schema): fc.Arbitrary<unknown> {
  return fc.nat(PICKS).map((pick) => {
    const all = named(pool, field, schema);
    return all[pick % all.length];
  });
}

/** One name of a field may stand for different things: `after` is a seq here and a person there. */
function named(pool: Pool, field: string, schema: Schema): readonly unknown[] {
  return (pool()[field] ?? []).filter((value) => Value.Check(schema as TSchema, value));
}

function freeValuesOf(schema: Schema, pool: Pool, field: string): fc.Arbitrary<unknown> {
  if (schema.const !== undefined) return fc.constant(schema.const);
  if (schema.anyOf !== undefined) return fc.oneof(...schema.anyOf.map((each) => valuesOf(each, pool, field)));
  switch (schema.type) {
    case "string":
      return stringsOf(schema);
    case "integer":
      return integersOf(schema);
    case "number":
      return fc.double({ min: schema.minimum ?? -1e9, max: schema.maximum ?? 1e9, noNaN: true });
    case "boolean":
      return fc.boolean();
    case "null":
      return fc.constant(null);
    case "array":
      return arraysOf(schema, pool, field);
    case "object":
      return objectsOf(schema, pool, field);
    default:
      return fc.jsonValue();
  }
}

function stringsOf({ pattern, minLength = 0, maxLength = LONG_TEXT }: Schema): fc.Arbitrary<string> {
  const bounded = (text: string) => text.slice(0, maxLength).padEnd(minLength, "x");
  if (pattern === "^[A-Za-z0-9_-]*$") {
    const bytes = fc.uint8Array({ maxLength: Math.min(96, maxLength) });
    return bytes.map((each) => Buffer.from(each).toString("base64url").slice(0, maxLength).padEnd(minLength, "A"));
  }
  if (pattern !== undefined) return fc.stringMatching(new RegExp(pattern)).map((text) => text.slice(0, maxLength));
  return fc.oneof(
    { weight: 4, arbitrary: hostileText.map(bounded) },
    { weight: 2, arbitrary: fc.string({ unit: "grapheme", maxLength: 20 }).map(bounded) },
    { weight: 1, arbitrary: textOf(Math.min(maxLength, LONG_TEXT)) },
    { weight: 1, arbitrary: textOf(minLength) },
  );
}

function integersOf({ minimum = -(2 ** 31), maximum = 2 ** 31 }: Schema): fc.Arbitrary<number> {
  return fc.oneof(
    { weight: 5, arbitrary: fc.integer({ min: minimum, max: Math.min(maximum, minimum + 12) }) },
    { weight: 1, arbitrary: fc.constantFrom(minimum, maximum, Math.max(minimum, maximum - 1)) },
    { weight: 1, arbitrary: fc.integer({ min: minimum, max: maximum }) },
  );
}

function arraysOf({ items = {}, minItems = 0, maxItems }: Schema, pool: Pool, field: string): fc.Arbitrary<unknown[]> {
  const most = Math.max(minItems, Math.min(maxItems ?? ITEMS_MAX, ITEMS_MAX));
  // Lists are named for what they hold many of: `userIds`, `seqs`.
  const one = valuesOf(items, pool, field.replace(/s$/, ""));
  return fc.oneof(
    { weight: 8, arbitrary: fc.array(one, { minLength: minItems, maxLength: most }) },
    { weight: 1, arbitrary: one.map((value) => Array.from({ length: maxItems ?? most }, () => value)) },
  );
}

function objectsOf(schema: Schema, pool: Pool, field: string): fc.Arbitrary<object> {
  const [keys, value] = Object.entries(schema.patternProperties ?? {})[0] ?? [];
  if (keys !== undefined && value !== undefined) {
    const key = fc.oneof(fc.stringMatching(new RegExp(keys)), pickOf(pool, "chatId", { type: "string" }).map(String));
    return fc.dictionary(key, valuesOf(value, pool, field), { maxKeys: ITEMS_MAX, noNullPrototype: true });
  }
  const properties = Object.entries(schema.properties ?? {});
  const model = Object.fromEntries(properties.map(([name, each]) => [name, valuesOf(each, pool, name)]));
  return fc.record(model, { requiredKeys: [...(schema.required ?? [])], noNullPrototype: true });
}
