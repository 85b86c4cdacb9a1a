import { Search } from "lucide-react";
import { type KeyboardEvent, type ReactNode, useEffect, useId, useRef, useState } from "react";

/** A text box over a list: type to narrow, arrows to choose, Enter to take. */
export function Finder<T>({ label, text, onText, items, keyOf, face, onPick, listLabel, note }: FinderProps<T>) {
  const id = useId();
  const [at, setAt] = useState(0);
  const list = useRef<HTMLDivElement>(null);
  const chosen = Math.min(at, items.length - 1);

  useEffect(() => {
    list.current?.querySelector(`[data-at="${chosen}"]`)?.scrollIntoView({ block: "nearest" });
  }, [chosen]);

  const onKeyDown = (event: KeyboardEvent) => {
    const item = items[chosen];
    if (event.key === "ArrowDown") setAt(Math.min(chosen + 1, items.length - 1));
    else if (event.key === "ArrowUp") setAt(Math.max(chosen - 1, 0));
    else if (event.key === "Enter" && item !== undefined && !event.nativeEvent.isComposing) onPick(item);
    else return;
    event.preventDefault();
  };

  return (
    <>
      <div className="search">
        <Search aria-hidden="true" />
        <input
          data-focus-first
          type="text"
          role="combobox"
          aria-label={label}
          placeholder={label}
          aria-expanded={items.length > 0}
          aria-controls={`${id}-list`}
          aria-autocomplete="list"
          aria-activedescendant={items.length > 0 ? `${id}-${chosen}` : undefined}
          autoCapitalize="none"
          autoComplete="off"
          spellCheck={false}
          value={text}
          onChange={(event) => {
            setAt(0);
            onText(event.target.value);
          }}
          onKeyDown={onKeyDown}
        />
      </div>
      <div className="results" ref={list}>
        <div id={`${id}-list`} role="listbox" aria-label={listLabel}>
          {items.map((item, index) => (
            // biome-ignore lint/a11y/useKeyWithClickEvents: the text box has the keyboard
            <div
              key={keyOf(item)}
              id={`${id}-${index}`}
              data-at={index}
              role="option"
              tabIndex={-1}
              aria-selected={index === chosen}
              className="person-row"
              onClick={() => onPick(item)}
            >
              {face(item)}
            </div>
          ))}
        </div>
        {note !== undefined && (
          <p className="result-note" role="status">
            {note}
          </p>
        )}
      </div>
    </>
  );
}

interface FinderProps<T> {
  readonly label: string;
  readonly text: string;
  readonly onText: (text: string) => void;
  readonly items: readonly T[];
  readonly keyOf: (item: T) => string;
  readonly face: (item: T) => ReactNode;
  readonly onPick: (item: T) => void;
  readonly listLabel: string;
  readonly note?: string | undefined;
}
