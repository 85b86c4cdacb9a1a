import type { Member } from "@parley/protocol";
import { Crown, EllipsisVertical, MicOff, Shield, ShieldOff, UserMinus, Volume2 } from "lucide-react";
import { observer } from "mobx-react-lite";
import { DropdownMenu } from "radix-ui";
import { useState } from "react";
import { t } from "../../i18n/t.ts";
import type { Chat } from "../../model/chat.ts";
import { IconButton } from "../parts/icon-button.tsx";
import { useRoot } from "../root-context.ts";

const HOUR_MS = 3600_000;
/** Until somebody ends it. */
export const FOR_GOOD = Date.UTC(9999, 11, 31);
const MUTES = [
  { text: "group.muteHour", until: () => Date.now() + HOUR_MS },
  { text: "group.muteDay", until: () => Date.now() + 24 * HOUR_MS },
  { text: "group.muteForGood", until: () => FOR_GOOD },
] as const;

/** What one may do with a member. */
export const MemberMenu = observer(function MemberMenu({ chat, member, name }: MemberMenuProps) {
  const root = useRoot();
  const [open, setOpen] = useState(false);
  const { members, group } = chat;
  const { userId } = member.user;
  const muted = (member.mutedUntil ?? 0) > Date.now();
  const attempt = (deed: () => Promise<void>) => void root.attempt(deed);
  return (
    <DropdownMenu.Root modal={false} open={open} onOpenChange={setOpen}>
      <DropdownMenu.Trigger asChild>
        <IconButton icon={EllipsisVertical} label={t("group.memberMenu", { name })} />
      </DropdownMenu.Trigger>
      {/* A row of a long list clips what it contains; the pane does not, and is a landmark. */}
      <DropdownMenu.Portal container={open ? document.querySelector<HTMLElement>("[data-region=details]") : null}>
        <DropdownMenu.Content className="menu" align="end" sideOffset={4} collisionPadding={8}>
          {group.isOwner && member.role === "member" && (
            <DropdownMenu.Item className="menu-item" onSelect={() => attempt(() => members.setRole(userId, "admin"))}>
              <Shield aria-hidden="true" />
              {t("group.makeAdmin")}
            </DropdownMenu.Item>
          )}
          {group.isOwner && member.role === "admin" && (
            <DropdownMenu.Item className="menu-item" onSelect={() => attempt(() => members.setRole(userId, "member"))}>
              <ShieldOff aria-hidden="true" />
              {t("group.makeMember")}
            </DropdownMenu.Item>
          )}
          {group.isOwner && (
            <DropdownMenu.Item className="menu-item" onSelect={() => root.ui.show({ name: "transfer", userId })}>
              <Crown aria-hidden="true" />
              {t("group.transfer")}
            </DropdownMenu.Item>
          )}
          {MUTES.map(({ text, until }) => (
            <DropdownMenu.Item
              key={text}
              className="menu-item"
              onSelect={() => attempt(() => members.mute(userId, until()))}
            >
              <MicOff aria-hidden="true" />
              {t(text)}
            </DropdownMenu.Item>
          ))}
          {muted && (
            <DropdownMenu.Item className="menu-item" onSelect={() => attempt(() => members.mute(userId, 0))}>
              <Volume2 aria-hidden="true" />
              {t("group.unmute")}
            </DropdownMenu.Item>
          )}
          <DropdownMenu.Item
            className="menu-item menu-item-danger"
            onSelect={() => root.ui.show({ name: "removeMember", userId })}
          >
            <UserMinus aria-hidden="true" />
            {t("group.remove")}
          </DropdownMenu.Item>
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  );
});

interface MemberMenuProps {
  readonly chat: Chat;
  readonly member: Member;
  readonly name: string;
}
