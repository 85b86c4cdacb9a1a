import { ArrowDown, ArrowUp } from "lucide-react";
import { observer } from "mobx-react-lite";
import { useEffect, useState } from "react";
import { t } from "../../i18n/t.ts";
import type { Chat } from "../../model/chat.ts";

/** A row of which only so much is seen counts as not seen. */
const EDGE_PX = 24;

interface Folds {
  readonly above: number;
  readonly below: number;
}

const NONE: Folds = { above: 0, below: 0 };

/** Says that there is something unread above or below of what is seen of the list, and goes there. */
export const UnreadFolds = observer(function UnreadFolds({ scroller, chats, rendered, onMore }: UnreadFoldsProps) {
  const [folds, setFolds] = useState(NONE);
  const unread = chats.map((chat) => chat.unread > 0);
  const unrendered = unread.slice(rendered).filter(Boolean).length;
  const state = unread.join();

  // biome-ignore lint/correctness/useExhaustiveDependencies: what is unread, and where, moves with the list
  useEffect(() => {
    if (scroller === null) return;
    const look = () => {
      const rows = unreadRows(scroller);
      const next = { above: rows.above.length, below: rows.below.length };
      setFolds((known) => (known.above === next.above && known.below === next.below ? known : next));
    };
    look();
    const sizes = new ResizeObserver(look);
    sizes.observe(scroller);
    scroller.addEventListener("scroll", look, { passive: true });
    return () => {
      sizes.disconnect();
      scroller.removeEventListener("scroll", look);
    };
  }, [scroller, state, rendered]);

  const below = folds.below + unrendered;
  const goUp = () => scroller && unreadRows(scroller).above.at(-1)?.scrollIntoView({ block: "center" });
  const goDown = () => {
    const next = scroller && unreadRows(scroller).below[0];
    if (next) next.scrollIntoView({ block: "center" });
    else onMore();
  };
  return (
    <>
      {folds.above > 0 && (
        <button type="button" className="fold fold-above" onClick={goUp}>
          <ArrowUp aria-hidden="true" />
          {t("chats.unreadAbove", { count: folds.above })}
        </button>
      )}
      {below > 0 && (
        <button type="button" className="fold fold-below" onClick={goDown}>
          <ArrowDown aria-hidden="true" />
          {t("chats.unreadBelow", { count: below })}
        </button>
      )}
    </>
  );
});

interface UnreadFoldsProps {
  readonly scroller: HTMLElement | null;
  /** Of the whole list, in its order. */
  readonly chats: readonly Chat[];
  /** How many of them are in the page. */
  readonly rendered: number;
  /** Puts all of them into the page. */
  readonly onMore: () => void;
}

function unreadRows(scroller: HTMLElement): { readonly above: Element[]; readonly below: Element[] } {
  const { top, bottom } = scroller.getBoundingClientRect();
  const rows = [...scroller.querySelectorAll(".chat-row-unread")];
  return {
    above: rows.filter((row) => row.getBoundingClientRect().bottom < top + EDGE_PX),
    below: rows.filter((row) => row.getBoundingClientRect().top > bottom - EDGE_PX),
  };
}
