import type { TabChannel } from "@parley/protocol/client";

/** What a tab that somebody looks at needs to say so. Hidden tabs may be slow, but those are not the ones that answer. */
const ANSWER_MS = 150;

const QUESTION = "does somebody look?";
const ANSWER = "somebody looks";
/** Held by each tab that somebody looks at. */
const LOCK = "parley-looked-at";

/** Does somebody look at this tab, or at another one of this app? */
export interface Looks {
  isLookedAt(): Promise<boolean>;
}

/**
 * By locks, which the browser knows of even where the tab that is looked at is too busy to answer, and which go with
 * their tab. A page without a secure context has none: there the tabs ask each other.
 */
export function webLooks(openTabs: () => TabChannel): Looks {
  return navigator.locks === undefined ? askedLooks(openTabs()) : lockedLooks(navigator.locks);
}

function isHere(): boolean {
  return document.visibilityState === "visible" && document.hasFocus();
}

function lockedLooks(locks: LockManager): Looks {
  let release: (() => void) | null = null;
  const hold = () => {
    if (isHere() === (release !== null)) return;
    if (release !== null) {
      release();
      release = null;
      return;
    }
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    // Refused while the page goes, and where asking is.
    locks.request(LOCK, { mode: "shared" }, () => held).catch(() => {});
  };
  for (const event of ["focus", "blur", "pageshow"]) addEventListener(event, hold);
  document.addEventListener("visibilitychange", hold);
  hold();
  return {
    async isLookedAt() {
      if (isHere()) return true;
      // Refused where the browser lets the page keep nothing: there no tab knows of another.
      const { held = [] } = await locks.query().catch((): LockManagerSnapshot => ({}));
      return held.some(({ name }) => name === LOCK);
    },
  };
}

function askedLooks(tabs: TabChannel): Looks {
  tabs.listen((message) => {
    if (message === QUESTION && isHere()) tabs.post(ANSWER);
  });
  return {
    async isLookedAt() {
      return isHere() || somebodyElse(tabs);
    },
  };
}

function somebodyElse(tabs: TabChannel): Promise<boolean> {
  return new Promise((resolve) => {
    const done = (answer: boolean) => {
      end();
      clearTimeout(timer);
      resolve(answer);
    };
    const end = tabs.listen((message) => message === ANSWER && done(true));
    const timer = setTimeout(() => done(false), ANSWER_MS);
    tabs.post(QUESTION);
  });
}
