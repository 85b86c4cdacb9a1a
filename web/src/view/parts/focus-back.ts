import { type RefObject, useRef } from "react";

/** What had the focus last outside of menus and windows: a menu is gone when the window closes that it led to. */
let steady: Element | null = null;
document.addEventListener("focusin", ({ target }) => {
  if (target instanceof Element && target.closest("[role=menu], [role=dialog], [role=alertdialog]") === null) {
    steady = target;
  }
});

/**
 * For the content of a window: the focus goes back to where it was when the window closes, unless what the window led to
 * has taken it already. `first`, or what has `data-focus-first`, takes it instead of the first thing inside that can;
 * what takes it by itself does so too early: a window below takes it back, or nobody knows where it was.
 */
export function useFocusBack(first?: RefObject<HTMLElement | null>) {
  const cameFrom = useRef<Element | null>(null);
  return {
    onOpenAutoFocus(event: Event) {
      const { activeElement } = document;
      cameFrom.current = activeElement?.closest("[role=menu]") ? steady : activeElement;
      const content = event.currentTarget;
      const wanted =
        first?.current ??
        (content instanceof Element ? content.querySelector<HTMLElement>("[data-focus-first]") : null);
      if (wanted === null) return;
      event.preventDefault();
      wanted.focus();
    },
    onCloseAutoFocus(event: Event) {
      event.preventDefault();
      const { current: to } = cameFrom;
      if (document.activeElement === document.body && to instanceof HTMLElement && to.isConnected) to.focus();
    },
  };
}
