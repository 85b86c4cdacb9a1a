import { type PointerEvent, useEffect, useRef } from "react";
import type { Chat } from "../../model/chat.ts";

/** Who only passes a row on the way to another has left it by then; who clicks has mostly stayed longer. */
const REST_MS = 60;

/** For a row that opens the chat: its messages are read while a pointer rests on it, or at the latest while it is pressed. */
export function useForesee(chat: Chat) {
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => () => clearTimeout(timer.current), []);
  return {
    onPointerEnter: ({ pointerType }: PointerEvent) => {
      if (pointerType === "mouse") timer.current = setTimeout(() => void chat.foresee(), REST_MS);
    },
    onPointerLeave: () => clearTimeout(timer.current),
    onPointerDown: () => void chat.foresee(),
  };
}
