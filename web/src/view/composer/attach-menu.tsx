import { ChartNoAxesColumn, Contact, Image, MapPin, Paperclip } from "lucide-react";
import { DropdownMenu } from "radix-ui";
import { t } from "../../i18n/t.ts";
import { useRoot } from "../root-context.ts";

/** What can be sent beside words. `at`: the button that it was opened from. */
export function AttachMenu({ at, onClose, onClosed, onMedia, onFile }: AttachMenuProps) {
  const { ui } = useRoot();
  return (
    <DropdownMenu.Root modal={false} open onOpenChange={(open) => open || onClose()}>
      <DropdownMenu.Trigger asChild>
        <span
          aria-hidden="true"
          className="anchor"
          style={{ left: at.left, top: at.top, width: at.width, height: at.height }}
        />
      </DropdownMenu.Trigger>
      <DropdownMenu.Portal>
        <DropdownMenu.Content
          className="menu"
          side="top"
          align="start"
          sideOffset={8}
          collisionPadding={8}
          aria-label={t("composer.attach")}
          onCloseAutoFocus={(event) => {
            event.preventDefault();
            // What opens in its place has the focus.
            if (ui.dialog === null) onClosed();
          }}
        >
          <DropdownMenu.Item className="menu-item" onSelect={onMedia}>
            <Image aria-hidden="true" />
            {t("files.media")}
          </DropdownMenu.Item>
          <DropdownMenu.Item className="menu-item" onSelect={onFile}>
            <Paperclip aria-hidden="true" />
            {t("files.any")}
          </DropdownMenu.Item>
          <DropdownMenu.Item className="menu-item" onSelect={() => ui.show({ name: "poll" })}>
            <ChartNoAxesColumn aria-hidden="true" />
            {t("composer.poll")}
          </DropdownMenu.Item>
          <DropdownMenu.Item className="menu-item" onSelect={() => ui.show({ name: "place" })}>
            <MapPin aria-hidden="true" />
            {t("place.attach")}
          </DropdownMenu.Item>
          <DropdownMenu.Item className="menu-item" onSelect={() => ui.show({ name: "shareContact" })}>
            <Contact aria-hidden="true" />
            {t("contactCard.attach")}
          </DropdownMenu.Item>
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  );
}

export interface AttachMenuProps {
  readonly at: DOMRect;
  readonly onClose: () => void;
  /** The menu is gone, and nothing else has come. */
  readonly onClosed: () => void;
  /** A picture or film, or any file, is to be picked. */
  readonly onMedia: () => void;
  readonly onFile: () => void;
}
