import { place, visitSyntax } from "./syntax.mjs";

/** Attributes whose value a person reads or hears. Our own components are expected to name theirs alike: `label`, `hint`, ... */
const READ_BY_PEOPLE =
  /^(aria-(label|description|roledescription|placeholder|valuetext)|alt|title|placeholder|.*([lL]abel|[tT]itle|[tT]ext|[hH]int|[hH]eading|[dD]escription|[mM]essage))$/;
const JSX_PARENTS = new Set(["JSXElement", "JSXFragment"]);

/** Texts that stand in a view instead of in i18n, a line each. Only what has a letter is a text: "·" and "12" are not. */
export function literalOffences(path, text) {
  const offences = [];
  const report = (node) => offences.push(`${place(path, text, node)} holds a text of its own: move it to i18n.`);
  visitSyntax(path, text, (node, parent) => {
    if (node.type === "JSXText" && hasLetter(node.value)) report(node);
    if (node.type === "JSXExpressionContainer" && JSX_PARENTS.has(parent?.type))
      textsIn(node.expression).forEach(report);
    if (node.type === "JSXAttribute" && isReadByPeople(nameOf(node)) && node.value !== null) {
      const value = node.value.type === "JSXExpressionContainer" ? node.value.expression : node.value;
      textsIn(value).forEach(report);
    }
  });
  return offences;
}

/** The literals that an expression may come out as; arguments of calls (the keys of `t("...")`) are not among them. */
function textsIn(node) {
  switch (node.type) {
    case "Literal":
      return typeof node.value === "string" && hasLetter(node.value) ? [node] : [];
    case "TemplateLiteral": {
      const own = node.quasis.some((quasi) => hasLetter(quasi.value.cooked ?? "")) ? [node] : [];
      return [...own, ...node.expressions.flatMap(textsIn)];
    }
    case "ConditionalExpression":
      return [...textsIn(node.consequent), ...textsIn(node.alternate)];
    case "LogicalExpression":
    case "BinaryExpression":
      return node.operator.includes("=") ? [] : [...textsIn(node.left), ...textsIn(node.right)];
    case "ParenthesizedExpression":
    case "TSAsExpression":
    case "TSSatisfiesExpression":
      return textsIn(node.expression);
    default:
      return [];
  }
}

function nameOf(attribute) {
  return attribute.name.type === "JSXIdentifier" ? attribute.name.name : "";
}

function isReadByPeople(name) {
  return READ_BY_PEOPLE.test(name) && name !== "enterKeyHint";
}

function hasLetter(text) {
  return /\p{L}/u.test(text);
}
