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

/** What the row of a chat with something unread is. */
const UNREAD_ROW = ".chat-row-unread";

const NONE: Folds = { above: 0, below: 0 };

/** Says that there is something unread above or below of what is seen of the list, and goes there. */
export const UnreadFolds = observer(function UnreadFolds({ scroller, chats, rendered, onMore }: UnreadFoldsProps) {
  const [folds, setFolds] = useState(NONE);
  const unrendered = chats.slice(rendered).filter((chat) => chat.unread > 0).length;
  const unread = chats
    .slice(0, rendered)
    .filter((chat) => chat.unread > 0)
    .map((chat) => chat.chatId)
    .join();

  // biome-ignore lint/correctness/useExhaustiveDependencies: the rows that are there are those of the unread chats
  useEffect(() => {
    if (scroller === null) return;
    const above = new Set<Element>();
    const below = new Set<Element>();
    const tell = () =>
      setFolds((known) =>
        known.above === above.size && known.below === below.size ? known : { above: above.size, below: below.size },
      );
    // The browser tells with its next frame; whoever asks it sooner has the page laid out once more.
    const watching = new IntersectionObserver(
      (entries) => {
        for (const { target, isIntersecting, boundingClientRect, rootBounds } of entries) {
          above.delete(target);
          below.delete(target);
          if (!isIntersecting && rootBounds !== null)
            (boundingClientRect.top < rootBounds.top ? above : below).add(target);
        }
        tell();
      },
      { root: scroller, rootMargin: `-${EDGE_PX}px 0px` },
    );
    const rows = scroller.querySelectorAll(UNREAD_ROW);
    for (const row of rows) watching.observe(row);
    if (rows.length === 0) tell();
    return () => watching.disconnect();
  }, [scroller, unread, rendered]);

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
  const rows = [...scroller.querySelectorAll(UNREAD_ROW)];
  return {
    above: rows.filter((row) => row.getBoundingClientRect().bottom < top + EDGE_PX),
    below: rows.filter((row) => row.getBoundingClientRect().top > bottom - EDGE_PX),
  };
}
