import { parseSync } from "oxc-parser";

/** Calls `visit(node, parent)` for every node of the syntax tree, parents first. Types are part of the tree. */
export function visitSyntax(path, text, visit) {
  const walk = (value, parent) => {
    if (Array.isArray(value)) for (const item of value) walk(item, parent);
    else if (typeof value?.type === "string") {
      visit(value, parent);
      for (const child of Object.values(value)) if (typeof child === "object") walk(child, value);
    }
  };
  walk(parseSync(path, text).program, undefined);
}

/** `path:line` of a node, as editors and terminals make it clickable. */
export function place(path, text, node) {
  return `${path}:${text.slice(0, node.start).split("\n").length}`;
}
