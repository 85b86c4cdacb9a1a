import { type RefObject, useRef } from "react";

/**
 * For the content of a window: the focus goes back to where it was when the window closes, unless what the window led to
 * has taken it already. `first` takes it instead of the first thing inside that can.
 */
export function useFocusBack(first?: RefObject<HTMLElement | null>) {
  const cameFrom = useRef<Element | null>(null);
  return {
    onOpenAutoFocus(event: Event) {
      cameFrom.current = document.activeElement;
      if (first === undefined) return;
      event.preventDefault();
      first.current?.focus();
    },
    onCloseAutoFocus(event: Event) {
      event.preventDefault();
      const { current: to } = cameFrom;
      if (document.activeElement === document.body && to instanceof HTMLElement && to.isConnected) to.focus();
    },
  };
}
