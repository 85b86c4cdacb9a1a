import { ArrowDown } from "lucide-react";
import { observer } from "mobx-react-lite";
import { type KeyboardEvent, type MouseEvent, useCallback, useEffect, useMemo, useRef, useState } from "react";
import { type ListRange, Virtuoso, type VirtuosoHandle } from "react-virtuoso";
import { dayOf } from "../../i18n/dates.ts";
import { t } from "../../i18n/t.ts";
import type { Chat } from "../../model/chat.ts";
import type { Message, TextMessage } from "../../model/message.ts";
import { type Row, toRows } from "../../model/rows.ts";
import { UnreadBadge } from "../chats/unread-badge.tsx";
import { MessageMenu } from "../later.ts";
import { useRoot } from "../root-context.ts";
import { useNow } from "../use-now.ts";
import { Announcer } from "./announcer.tsx";
import { ChatBegin } from "./chat-begin.tsx";
import { MessageLine } from "./message-line.tsx";
import type { MenuTarget } from "./message-menu.tsx";
import { TimelineEmpty, TimelineFooter, TimelineHeader } from "./timeline-edges.tsx";
import { TimelineList } from "./timeline-list.tsx";
import { TimelineScroller } from "./timeline-scroller.tsx";
import { useFirstRows } from "./use-first-rows.ts";
import { useKeepBottom } from "./use-keep-bottom.ts";
import { useLongPress } from "./use-long-press.ts";
import { useSeen } from "./use-seen.ts";

const COMPONENTS = {
  Header: TimelineHeader,
  Footer: TimelineFooter,
  Scroller: TimelineScroller,
  List: TimelineList,
  EmptyPlaceholder: TimelineEmpty,
};
/** Rows are made this many pixels before they are needed, so that fast scrolling meets no holes. */
const AHEAD = { top: 800, bottom: 400 };

/** The messages of a chat, from the stretch that is loaded. */
export const TimelineView = observer(function TimelineView({ chat }: { chat: Chat }) {
  const { session, uploads } = useRoot();
  const { timeline, lines, dividerSeq } = chat;
  const me = session.userId ?? null;
  const [knownRows] = useState(() => new WeakMap<Message, Row>());
  const rows = useMemo(() => toRows(lines, { me, dividerSeq, dayOf }, knownRows), [lines, me, dividerSeq, knownRows]);
  const list = useRef<VirtuosoHandle>(null);
  const [scroller, setScroller] = useState<HTMLElement | null>(null);
  const takesFocus = useRef(false);
  // One that is made anew with each drawing has the list measured anew, too.
  const takeScroller = useCallback((element: HTMLElement | Window | null) => {
    const log = element instanceof HTMLElement ? element : null;
    setScroller(log);
    if (log === null || !takesFocus.current) return;
    takesFocus.current = false;
    log.focus({ preventScroll: true });
  }, []);
  const [rowsElement, setRowsElement] = useState<HTMLElement | null>(null);
  const [atBottom, setAtBottom] = useState(dividerSeq === null);
  const [menu, setMenu] = useState<MenuTarget | null>(null);
  const now = useNow(60_000);
  const label = t("chat.log", { title: chat.title });
  const context = useMemo(() => ({ chat, label, onList: setRowsElement }), [chat, label]);
  const opensAtEnd = dividerSeq === null && chat.target === null;
  const sighted = useKeepBottom(scroller, rowsElement, timeline, { opensAtEnd, target: chat.target });
  const first = useFirstRows(rows, { life: timeline.loaded ? timeline.life : null, opensAtEnd });
  const seen = useSeen(
    scroller,
    sighted,
    useCallback((seq: number) => chat.markSeen(seq), [chat]),
  );
  const openMenu = useCallback(
    (message: TextMessage, at: DOMRect, what?: MenuTarget["what"]) => setMenu({ message, at, what }),
    [],
  );
  const longPress = useLongPress((element) => openFor(element));

  const toLatest = useCallback(async () => {
    await chat.showLatest();
    list.current?.scrollToIndex({ index: "LAST", align: "end" });
  }, [chat]);

  // One's own new message is always shown, wherever the list stood.
  const ownCount = chat.pending.length + uploads.sending(chat.chatId).length;
  const lastOwnCount = useRef(ownCount);
  useEffect(() => {
    if (ownCount > lastOwnCount.current) void toLatest();
    lastOwnCount.current = ownCount;
  }, [ownCount, toLatest]);
  // So is what an earlier page did not end, to who is at the end.
  const unfinishedCount = uploads.unfinished(chat.chatId).length;
  // biome-ignore lint/correctness/useExhaustiveDependencies: coming to the end is no reason to scroll there
  useEffect(() => {
    if (unfinishedCount === 0 || scroller === null || !(atBottom && dividerSeq === null)) return;
    const frame = requestAnimationFrame(() => scroller.scrollTo(0, scroller.scrollHeight));
    return () => cancelAnimationFrame(frame);
  }, [unfinishedCount, scroller]);

  // Who stays at the end of a chat that never rests would hold all of it.
  const startsAnew = timeline.grown && atBottom && menu === null && !chat.selection.on;
  // biome-ignore lint/correctness/useExhaustiveDependencies: what is marked now may not be when the next message comes
  useEffect(() => {
    const selected = document.getSelection();
    const isMarking = selected?.isCollapsed === false && scroller?.contains(selected.anchorNode);
    if (!startsAnew || isMarking) return;
    takesFocus.current = scroller?.contains(document.activeElement) ?? false;
    chat.startAnew();
  }, [startsAnew, chat, scroller, lines]);

  const lookAt = (onScreen: readonly Row[]) => {
    const seqs = onScreen.flatMap(({ message }) => (message.seq === undefined ? [] : [message.seq]));
    if (seqs.length > 0) chat.reactions.look(Math.min(...seqs), Math.max(...seqs));
  };
  const look = ({ startIndex, endIndex }: ListRange) =>
    lookAt(rows.slice(startIndex - timeline.firstIndex, endIndex - timeline.firstIndex + 1));
  // Of the rows that it makes without measuring the list tells nothing, unless it moves.
  // biome-ignore lint/correctness/useExhaustiveDependencies: each stretch has its own first rows
  useEffect(() => {
    if (first.count === 0) return;
    lookAt(first.rows);
    // Of a page most of which nobody sees the rest may not fill the screen: then there is nothing to scroll.
    if (first.hidden === 0) void timeline.loadOlder();
  }, [chat, timeline.life, timeline.loaded]);

  // Somebody asked to see one message. The rows are those of its stretch by then.
  const { target } = chat;
  const shown = useRef<typeof target>(null);
  useEffect(() => {
    const index = target === null ? -1 : rows.findIndex(({ message }) => message.seq === target.seq);
    if (target === null || index === -1 || shown.current === target || scroller === null) return;
    shown.current = target;
    const focus = () => scroller.querySelector<HTMLElement>(`[data-seq="${target.seq}"]`)?.focus();
    list.current?.scrollToIndex({ index: index - first.hidden, align: "center" });
    requestAnimationFrame(() => requestAnimationFrame(focus));
  }, [target, rows, scroller, first.hidden]);

  if (!timeline.loaded) return <div className="timeline">{timeline.failed && <LoadFailed chat={chat} />}</div>;

  const focusRow = (index: number) => {
    const row = rows[index];
    if (row === undefined) return;
    const focus = () => scroller?.querySelector<HTMLElement>(`[data-key="${row.message.key}"]`)?.focus();
    list.current?.scrollIntoView({ index: Math.max(0, index - first.hidden), done: focus });
    focus();
  };
  function openFor(element: Element): boolean {
    const key = element.closest<HTMLElement>("[data-key]")?.dataset.key;
    const message = lines.find((line) => line.key === key);
    if (message?.kind !== "text") return false;
    const bubble = element.closest("[data-key]")?.querySelector(".bubble") ?? element;
    openMenu(message, bubble.getBoundingClientRect());
    return true;
  }
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const target = event.target as HTMLElement;
    const key = target.closest<HTMLElement>("[data-key]")?.dataset.key;
    const at = rows.findIndex(({ message }) => message.key === key);
    const onRow = at !== -1;
    if (!onRow && target !== scroller) return;
    if (event.key === "ArrowUp") focusRow(onRow ? Math.max(0, at - 1) : rows.length - 1);
    else if (event.key === "ArrowDown") focusRow(onRow ? Math.min(rows.length - 1, at + 1) : rows.length - 1);
    else if (event.key === "End") void toLatest().then(() => focusRow(rows.length - 1));
    else if (event.key === "Home") focusRow(0);
    else if (event.key === "Enter" && target.dataset.key !== undefined) openFor(target);
    else return;
    event.preventDefault();
  };
  const onContextMenu = (event: MouseEvent) => {
    const target = event.target as Element;
    // Links and selected text keep the browser's own menu.
    if (target.closest("a") !== null || document.getSelection()?.isCollapsed === false) return;
    if (openFor(target)) event.preventDefault();
  };

  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the log inside has the focus; keys move among its messages
    <div className="timeline" onKeyDown={onKeyDown} onContextMenu={onContextMenu} {...longPress}>
      <Virtuoso
        key={`${chat.chatId} ${timeline.life}`}
        ref={list}
        className="timeline-log"
        scrollerRef={takeScroller}
        context={context}
        data={first.rows}
        firstItemIndex={timeline.firstIndex + first.hidden}
        {...(first.count === 0
          ? { initialTopMostItemIndex: startOf(rows, target?.seq) }
          : { initialItemCount: first.count })}
        alignToBottom
        increaseViewportBy={AHEAD}
        atBottomThreshold={48}
        atBottomStateChange={setAtBottom}
        rangeChanged={look}
        startReached={() => void (first.hidden === 0 && timeline.loadOlder())}
        endReached={() => void timeline.loadNewer()}
        computeItemKey={(_, row) => row.message.key}
        components={COMPONENTS}
        itemContent={(_, row) => (
          <div ref={row.message.seq === undefined ? null : seen} data-row-seq={row.message.seq}>
            {row.message === rows[0]?.message && timeline.reachedStart && <ChatBegin chat={chat} />}
            <MessageLine chat={chat} row={row} now={now} onMenu={openMenu} />
          </div>
        )}
      />
      {!(atBottom && timeline.atLatest) && rows.length > 0 && (
        <JumpButton unread={chat.unread} onJump={() => void toLatest()} />
      )}
      {menu !== null && <MessageMenu chat={chat} target={menu} onClose={() => setMenu(null)} />}
      <Announcer chat={chat} rows={rows} />
    </div>
  );
});

/** Where a list that is made anew begins: at what was asked for, at what is new, or at the end. */
function startOf(rows: readonly Row[], target: number | undefined) {
  const targetAt = target === undefined ? -1 : rows.findIndex(({ message }) => message.seq === target);
  if (targetAt !== -1) return { index: targetAt, align: "center" } as const;
  const dividerAt = rows.findIndex(({ divider }) => divider);
  return dividerAt === -1
    ? ({ index: "LAST", align: "end" } as const)
    : ({ index: dividerAt, align: "start" } as const);
}

function JumpButton({ unread, onJump }: { unread: number; onJump: () => void }) {
  const label = unread > 0 ? t("chat.jumpToLatestCount", { count: unread }) : t("chat.jumpToLatest");
  return (
    <button type="button" className="jump" aria-label={label} title={label} onClick={onJump}>
      {unread > 0 && <UnreadBadge count={unread} />}
      <ArrowDown aria-hidden="true" />
    </button>
  );
}

function LoadFailed({ chat }: { chat: Chat }) {
  return (
    <div className="empty" role="status">
      <p>{t("chat.loadFailed")}</p>
      <button type="button" className="button button-quiet" onClick={() => void chat.open()}>
        {t("common.retry")}
      </button>
    </div>
  );
}
