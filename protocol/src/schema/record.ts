import { type Static, type TSchema, Type } from "typebox";

/**
 * What `Type.Record` makes for keys of this pattern. That one brings the whole language of types along, which a page
 * would load before it shows anything.
 */
export function record<T extends TSchema>(keys: string, value: T, options: { readonly maxProperties?: number } = {}) {
  return Type.Unsafe<Record<string, Static<T>>>({ type: "object", patternProperties: { [keys]: value }, ...options });
}
