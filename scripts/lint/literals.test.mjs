import assert from "node:assert/strict";
import { test } from "node:test";
import { literalOffences } from "./literals.mjs";

const PATH = "web/src/view/row.tsx";
const inView = (jsx) => literalOffences(PATH, `export const Row = ({ on, t, n }) => (\n  ${jsx}\n);\n`);

const REFUSED = [
  "<b>Hello</b>",
  "<>Hello</>",
  '<b>{"Hello"}</b>',
  '<b>{on ? "yes" : t("no")}</b>',
  '<b>{on && "yes"}</b>',
  '<b>{n + " messages"}</b>',
  // biome-ignore lint/suspicious/noTemplateCurlyInString: the snippet is source text.
  "<b>{`${n} messages`}</b>",
  '<button aria-label="Close" />',
  '<button aria-label={on ? "Open" : t("close")} />',
  '<img alt="A cat" />',
  '<input placeholder="Message" />',
  "<input title={`Message`} />",
  '<Button label="Send" />',
  '<Field errorMessage="Wrong" />',
];
for (const jsx of REFUSED) {
  test(`a view may not say ${jsx}`, () => {
    const offences = inView(jsx);
    assert.equal(offences.length, 1);
    assert.ok(offences[0].startsWith(`${PATH}:2 `), offences[0]);
  });
}

const ALLOWED = [
  '<b>{t("chat.empty")}</b>',
  "<b>·</b>",
  '<b className="row wide">{n}</b>',
  '<button type="button" aria-label={t("close")} aria-live="polite" />',
  '<div role="log" data-kind="text">{on ? <b>{n}</b> : null}</div>',
  '<b>{on === "open" ? n : 0}</b>',
  '<img alt="" />',
  '<input enterKeyHint="send" />',
];
for (const jsx of ALLOWED) {
  test(`a view may say ${jsx}`, () => assert.deepEqual(inView(jsx), []));
}
