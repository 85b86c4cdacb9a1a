import {
  type EmojiData,
  type EmojiPickerListCategoryHeaderProps,
  type EmojiPickerListEmojiProps,
  type EmojiPickerListRowProps,
  EmojiPicker as Picker,
  type SkinTone,
} from "frimousse";
import { observer } from "mobx-react-lite";
import { Popover } from "radix-ui";
import { useEffect, useState } from "react";
import { t } from "../../i18n/t.ts";
import type { EmojiEntry } from "../../model/emojis.ts";
import { useRoot } from "../root-context.ts";

/** Of 2.5 rem each: they fit the smallest phone. */
const COLUMNS = 8;
const GROUPS = [
  "emoji.smileys",
  "emoji.people",
  "emoji.people",
  "emoji.nature",
  "emoji.food",
  "emoji.travel",
  "emoji.activities",
  "emoji.objects",
  "emoji.symbols",
  "emoji.flags",
] as const;

/** All emoji, over what it was opened from. `at`: where that is. */
export const EmojiPicker = observer(function EmojiPicker({ at, onPick, onClose }: EmojiPickerProps) {
  const { emojis } = useRoot();
  useEffect(() => {
    void emojis.load();
  }, [emojis]);
  return (
    <Popover.Root open onOpenChange={(open) => open || onClose()}>
      <Popover.Anchor asChild>
        <span
          aria-hidden="true"
          className="anchor"
          style={{ left: at.left, top: at.top, width: at.width, height: at.height }}
        />
      </Popover.Anchor>
      <Popover.Portal>
        <Popover.Content
          className="emoji-picker"
          sideOffset={6}
          collisionPadding={8}
          aria-label={t("emoji.title")}
          onCloseAutoFocus={(event) => event.preventDefault()}
        >
          {emojis.list === null ? (
            <p className="emoji-note" role="status">
              {emojis.failed ? t("emoji.failed") : t("common.loading")}
            </p>
          ) : (
            <Choice list={emojis.list} onPick={onPick} />
          )}
        </Popover.Content>
      </Popover.Portal>
    </Popover.Root>
  );
});

export interface EmojiPickerProps {
  readonly at: DOMRect;
  readonly onPick: (emoji: string) => void;
  readonly onClose: () => void;
}

function CategoryHeader({ category, ...props }: EmojiPickerListCategoryHeaderProps) {
  return (
    <div {...props} className="emoji-group">
      {category.label}
    </div>
  );
}

function Row({ children, ...props }: EmojiPickerListRowProps) {
  return (
    // biome-ignore lint/a11y/useFocusableInteractive: the focus stays in the search, which names the active cell
    <div {...props} role="row" aria-rowindex={fromOne(props["aria-rowindex"])} className="emoji-row">
      {children}
    </div>
  );
}

function One({ emoji, ...props }: EmojiPickerListEmojiProps) {
  return (
    <button
      {...props}
      type="button"
      role="gridcell"
      className="emoji-one"
      aria-colindex={fromOne(props["aria-colindex"])}
      title={emoji.label}
    >
      {emoji.emoji}
    </button>
  );
}

/** The library counts rows and columns from 0, ARIA from 1. */
function fromOne(index: number | undefined): number | undefined {
  return index === undefined ? undefined : index + 1;
}

const PARTS = { CategoryHeader, Row, Emoji: One };

function Choice({ list, onPick }: { list: readonly EmojiEntry[]; onPick: (emoji: string) => void }) {
  const [tone, setTone] = useState<SkinTone>("none");
  return (
    <Picker.Root
      className="emoji-root"
      columns={COLUMNS}
      skinTone={tone}
      resolveEmojiData={() => toPickerData(list)}
      onEmojiSelect={({ emoji }) => onPick(emoji)}
    >
      <div className="emoji-head">
        <Picker.Search
          className="emoji-search"
          placeholder={t("emoji.search")}
          aria-label={t("emoji.search")}
          autoFocus
        />
        <Picker.SkinTone emoji="✋">
          {({ skinTone, setSkinTone, skinToneVariations }) => {
            const next =
              skinToneVariations[
                (skinToneVariations.findIndex((variation) => variation.skinTone === skinTone) + 1) %
                  skinToneVariations.length
              ];
            const now = skinToneVariations.find((variation) => variation.skinTone === skinTone);
            return (
              <button
                type="button"
                className="emoji-tone"
                aria-label={t("emoji.tone")}
                title={t("emoji.tone")}
                onClick={() => {
                  setSkinTone(next?.skinTone ?? "none");
                  setTone(next?.skinTone ?? "none");
                }}
              >
                {now?.emoji ?? "✋"}
              </button>
            );
          }}
        </Picker.SkinTone>
      </div>
      <Picker.Viewport className="emoji-viewport">
        <Picker.Loading className="emoji-note">{t("common.loading")}</Picker.Loading>
        <Picker.Empty className="emoji-note">{t("emoji.none")}</Picker.Empty>
        <Picker.List className="emoji-list" components={PARTS} />
      </Picker.Viewport>
    </Picker.Root>
  );
}

function toPickerData(list: readonly EmojiEntry[]): EmojiData {
  return {
    locale: "en",
    categories: GROUPS.map((key, index) => ({ index, label: t(key) })).filter(({ index }) => index !== 2),
    skinTones: { light: "", "medium-light": "", medium: "", "medium-dark": "", dark: "" },
    emojis: list.map(({ emoji, label, tags, shortcodes, group, tones }) => {
      const [light, mediumLight, medium, mediumDark, dark] = tones;
      const skins =
        light && mediumLight && medium && mediumDark && dark
          ? { light, "medium-light": mediumLight, medium, "medium-dark": mediumDark, dark }
          : undefined;
      return {
        emoji,
        label,
        category: group,
        version: 0,
        tags: [...tags, ...shortcodes],
        ...(skins === undefined ? {} : { skins }),
      };
    }),
  };
}
