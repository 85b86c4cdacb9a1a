import { type PointerEvent, type TouchEvent, useRef } from "react";

const PRESS_MS = 450;
/** A finger is never quite still. */
const SLACK_PX = 10;

/**
 * A finger that rests on an element opens its menu, where the platform sends no `contextmenu` for it. `onPress` answers
 * whether there was one to open: then the finger that is lifted is no click, which would close it again.
 */
export function useLongPress(onPress: (element: Element) => boolean) {
  const pressed = useRef(false);
  const press = useRef<{ timer: ReturnType<typeof setTimeout>; x: number; y: number } | null>(null);
  const end = () => {
    if (press.current !== null) clearTimeout(press.current.timer);
    press.current = null;
  };
  return {
    onPointerDown: (event: PointerEvent) => {
      if (event.pointerType !== "touch") return;
      const element = event.target as Element;
      pressed.current = false;
      const timer = setTimeout(() => {
        pressed.current = onPress(element);
      }, PRESS_MS);
      press.current = { timer, x: event.clientX, y: event.clientY };
    },
    onPointerMove: (event: PointerEvent) => {
      const at = press.current;
      if (at !== null && Math.hypot(event.clientX - at.x, event.clientY - at.y) > SLACK_PX) end();
    },
    onPointerUp: end,
    onPointerCancel: end,
    onTouchEnd: (event: TouchEvent) => {
      if (pressed.current && event.cancelable) event.preventDefault();
      pressed.current = false;
    },
  };
}
