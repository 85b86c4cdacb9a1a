import { observer } from "mobx-react-lite";
import { type TextKey, t } from "../../i18n/t.ts";
import { Modal } from "../parts/modal.tsx";
import { useRoot } from "../root-context.ts";
import { MODIFIER } from "../shortcuts.ts";

const SHORTCUTS: readonly (readonly [what: TextKey, ...keys: TextKey[]])[] = [
  ["help.switcher", MODIFIER, "keys.k"],
  ["help.previousChat", "keys.alt", "keys.up"],
  ["help.nextChat", "keys.alt", "keys.down"],
  ["help.unreadChats", "keys.alt", "keys.shift", "keys.upDown"],
  ["help.regions", "keys.f6"],
  ["help.messages", "keys.up", "keys.down"],
  ["help.messageMenu", "keys.enter"],
  ["help.newLine", "keys.shift", "keys.enter"],
  ["help.close", "keys.esc"],
  ["help.help", MODIFIER, "keys.slash"],
];

export const HelpDialog = observer(function HelpDialog() {
  const { ui } = useRoot();
  return (
    <Modal title={t("help.title")} onClose={() => ui.show(null)}>
      <dl className="shortcuts">
        {SHORTCUTS.map(([what, ...keys]) => (
          <div key={what} className="setting">
            <dt>{t(what)}</dt>
            <dd>
              {keys.map((key) => (
                <kbd key={key} className="kbd">
                  {t(key)}
                </kbd>
              ))}
            </dd>
          </div>
        ))}
      </dl>
    </Modal>
  );
});
