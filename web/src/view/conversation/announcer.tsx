import { observer } from "mobx-react-lite";
import { useEffect, useRef, useState } from "react";
import { t } from "../../i18n/t.ts";
import type { Chat } from "../../model/chat.ts";
import type { Row } from "../../model/rows.ts";
import { useRoot } from "../root-context.ts";

/** Messages that come together are spoken one after the other; of more than that nobody hears the end. */
const SPOKEN_MAX = 10;

/**
 * Speaks what arrives while the chat is open. The log itself stays silent: pages of history that are put in front of it
 * would be read out as if they were new. Lines that were spoken stay for a while: what is added is read out, and nothing else.
 */
export const Announcer = observer(function Announcer({ chat, rows }: { chat: Chat; rows: readonly Row[] }) {
  const { people } = useRoot();
  const { atLatest, life } = chat.timeline;
  const heard = useRef({ life, atLatest, key: rows.at(-1)?.message.key });
  const [spoken, setSpoken] = useState<readonly Row[]>([]);
  useEffect(() => {
    const before = heard.current;
    const at = rows.findLastIndex(({ message }) => message.key === before.key);
    const anew = before.life !== life || (at === -1 && before.key !== undefined);
    heard.current = { life, atLatest, key: anew || atLatest ? rows.at(-1)?.message.key : before.key };
    const fresh = anew || !atLatest ? [] : rows.slice(at + 1);
    // A page that was missed is read by who wants to.
    if (fresh.length === 0 || (!before.atLatest && fresh.length > SPOKEN_MAX)) return;
    setSpoken((lines) => [...lines, ...fresh.filter(isSpoken)].slice(-SPOKEN_MAX));
  }, [rows, life, atLatest]);
  return (
    <div className="unseen" aria-live="polite">
      {spoken.map(({ message: heardAs }) => {
        // As it is now: of what was taken back nothing stays to be read out. What is not on the page for a while stays, or
        // it would be read out again as it comes back.
        const { key } = heardAs;
        const message = rows.findLast((row) => row.message.key === key)?.message ?? heardAs;
        const name = people.name(message.sender) ?? t("common.somebody");
        return (
          message.kind === "text" &&
          !message.retracted && <p key={key}>{t("chat.incoming", { name, text: message.body.text })}</p>
        );
      })}
    </div>
  );
});

function isSpoken({ message, mine }: Row): boolean {
  return message.kind === "text" && !mine;
}
