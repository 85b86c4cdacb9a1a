import fc from "fast-check";
import { hostileText } from "./texts.ts";

/** An own member of this name, as JSON makes one, and what a careless merge would take for the prototype. */
const POLLUTED: unknown = JSON.parse('{"__proto__":{"session":{"userId":"x"}},"constructor":{"prototype":{"x":1}}}');
const DEEP: unknown = JSON.parse(`${"[".repeat(400)}${"]".repeat(400)}`);

const junk: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom<unknown>(null, true, false, {}, [], [[]], "", POLLUTED, DEEP),
  fc.constantFrom(-1, 0, -0, 1.5, 2 ** 31, 2 ** 53, -(2 ** 53), 1e308, 5e-324),
  hostileText,
  fc.constant("x".repeat(70_000)),
  fc.constant(Array.from({ length: 3_000 }, (_, i) => i)),
  fc.jsonValue({ maxDepth: 3 }),
);

type Deed = "replace" | "drop" | "wrap" | "stringify" | "double" | "add" | "grow";
const DEEDS: readonly Deed[] = ["replace", "replace", "drop", "wrap", "stringify", "double", "add", "grow"];

interface Step {
  readonly deed: Deed;
  /** Which of the places, whatever their number. */
  readonly at: number;
  readonly junk: unknown;
}

const step: fc.Arbitrary<Step> = fc.record({ deed: fc.constantFrom(...DEEDS), at: fc.nat(10_000), junk });

/** Mostly what it was, else with one or two places broken: what is almost right goes deepest. */
export function damaged(value: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> {
  const steps = fc.oneof(
    { weight: 3, arbitrary: fc.constant<Step[]>([]) },
    { weight: 3, arbitrary: fc.array(step, { minLength: 1, maxLength: 2 }) },
  );
  return fc.tuple(value, steps).map(([whole, each]) => each.reduce(broken, whole));
}

type Holder = Record<string, unknown>;

function broken(whole: unknown, { deed, at, junk: with_ }: Step): unknown {
  const root: Holder = { root: structuredClone(whole) };
  const places = placesIn(root);
  const [holder, key] = places[at % places.length] as [Holder, string];
  const value = holder[key];
  switch (deed) {
    case "replace":
      holder[key] = with_;
      break;
    case "drop":
      if (holder !== root) delete holder[key];
      break;
    case "wrap":
      holder[key] = [value];
      break;
    case "stringify":
      holder[key] = JSON.stringify(value);
      break;
    case "double":
      holder[key] = typeof value === "string" ? value + value : [value, value];
      break;
    case "add":
      if (typeof value === "object" && value !== null) Object.assign(value, { unknown: with_, to_string: 1 });
      break;
    case "grow":
      holder[key] = typeof value === "string" ? `${value}x` : typeof value === "number" ? value + 1 : with_;
      break;
  }
  return root.root;
}

/** Every place that holds a value, as who holds it and under which name. */
function placesIn(holder: Holder): [Holder, string][] {
  return Object.keys(holder).flatMap((key) => {
    const value = holder[key];
    const deeper = typeof value === "object" && value !== null ? placesIn(value as Holder).slice(0, 200) : [];
    return [[holder, key], ...deeper];
  });
}
