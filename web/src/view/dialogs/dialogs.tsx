import { observer } from "mobx-react-lite";
import { t } from "../../i18n/t.ts";
import type { PictureArea } from "../../model/account.ts";
import { CallsNeedDialog } from "../calls/calls-need-dialog.tsx";
import { ConnectionDialog } from "../connection/connection-dialog.tsx";
import { FilesDialog } from "../files/files-dialog.tsx";
import { Lightbox } from "../files/lightbox.tsx";
import { DirectoryDialog } from "../joining/directory-dialog.tsx";
import { InvitationsDialog } from "../joining/invitations-dialog.tsx";
import { InviteDialog } from "../joining/invite-dialog.tsx";
import { JoinDialog } from "../joining/join-dialog.tsx";
import { CollectionDialog } from "../messages/collection-dialog.tsx";
import { ForwardDialog } from "../messages/forward-dialog.tsx";
import { PlaceDialog } from "../messages/place-dialog.tsx";
import { ShareContactDialog } from "../messages/share-contact-dialog.tsx";
import { VersionsDialog } from "../messages/versions-dialog.tsx";
import { Confirm } from "../parts/confirm.tsx";
import { ProfileDialog } from "../people/profile-dialog.tsx";
import { NewFolderDialog } from "../personal/new-folder-dialog.tsx";
import { SavedDialog } from "../personal/saved-dialog.tsx";
import { ScheduledDialog } from "../personal/scheduled-dialog.tsx";
import { SendLaterDialog } from "../personal/send-later-dialog.tsx";
import { PinsDialog } from "../pins/pins-dialog.tsx";
import { PollDialog } from "../polls/poll-dialog.tsx";
import { useRoot } from "../root-context.ts";
import { AvatarDialog } from "../settings/avatar-dialog.tsx";
import { AddMemberDialog } from "./add-member-dialog.tsx";
import { DeleteGroupDialog } from "./delete-group-dialog.tsx";
import { EditGroupDialog } from "./edit-group-dialog.tsx";
import { HelpDialog } from "./help-dialog.tsx";
import { MessageInfoDialog } from "./message-info-dialog.tsx";
import { NewChatDialog } from "./new-chat-dialog.tsx";
import { NewGroupDialog } from "./new-group-dialog.tsx";
import { SwitcherDialog } from "./switcher-dialog.tsx";

/** The one dialog that is open, if any. */
export const Dialogs = observer(function Dialogs() {
  const root = useRoot();
  const { ui, chat, chats, people, session } = root;
  const close = () => ui.show(null);
  switch (ui.dialog?.name) {
    case undefined:
      return null;
    case "switcher":
      return <SwitcherDialog />;
    case "help":
      return <HelpDialog />;
    case "connection":
      return <ConnectionDialog />;
    case "newChat":
      return <NewChatDialog />;
    case "newGroup":
      return <NewGroupDialog />;
    case "addMember":
      return chat === undefined ? null : <AddMemberDialog chat={chat} />;
    case "place":
      return chat === undefined ? null : <PlaceDialog chat={chat} />;
    case "shareContact":
      return chat === undefined ? null : <ShareContactDialog chat={chat} />;
    case "forward":
      return chat === undefined ? null : <ForwardDialog chat={chat} seqs={ui.dialog.seqs} />;
    case "versions":
      return chat === undefined ? null : <VersionsDialog chat={chat} seq={ui.dialog.seq} />;
    case "collection":
      return <CollectionDialog items={ui.dialog.items} place={ui.dialog.place} />;
    case "callsNeed":
      return <CallsNeedDialog />;
    case "files":
      return chat === undefined ? null : <FilesDialog chat={chat} />;
    case "picture":
      return chat === undefined ? null : <Lightbox chat={chat} first={ui.dialog.shown} />;
    case "retract": {
      const { seqs } = ui.dialog;
      return chat === undefined ? null : (
        <Confirm
          title={t("retract.confirm", { count: seqs.length })}
          hint={t("retract.hint")}
          actionLabel={t("retract.action")}
          onConfirm={() => root.attempt(() => chat.retract(seqs)).then(() => chat.selection.end())}
          onClose={close}
        />
      );
    }
    case "poll":
      return chat === undefined ? null : <PollDialog chat={chat} />;
    case "invite":
      return chat === undefined ? null : <InviteDialog chat={chat} />;
    case "join":
      return <JoinDialog way={ui.dialog.way} />;
    case "directory":
      return <DirectoryDialog />;
    case "invitations":
      return <InvitationsDialog />;
    case "pins":
      return chat === undefined ? null : <PinsDialog chat={chat} />;
    case "messageInfo":
      return chat === undefined ? null : <MessageInfoDialog chat={chat} seq={ui.dialog.seq} />;
    case "closePoll": {
      const { seq } = ui.dialog;
      return chat === undefined ? null : (
        <Confirm
          title={t("polls.closeConfirm")}
          hint={t("polls.closeHint")}
          actionLabel={t("polls.close")}
          onConfirm={() => root.attempt(() => chat.polls.close(seq))}
          onClose={close}
        />
      );
    }
    case "editGroup":
      return chat === undefined ? null : <EditGroupDialog chat={chat} />;
    case "expand":
      return chat === undefined ? null : <NewGroupDialog expanded={chat} />;
    case "deleteGroup":
      return chat === undefined ? null : <DeleteGroupDialog chat={chat} />;
    case "transfer": {
      const { userId } = ui.dialog;
      const name = people.name(userId) ?? t("common.somebody");
      return chat === undefined ? null : (
        <Confirm
          title={t("group.transferConfirm", { name })}
          hint={t("group.transferHint")}
          actionLabel={t("group.transferAction")}
          onConfirm={() => root.attempt(() => chat.members.transfer(userId))}
          onClose={close}
        />
      );
    }
    case "leave":
      return chat === undefined ? null : (
        <Confirm
          title={t("details.leaveConfirm", { title: chat.title })}
          hint={t("details.leaveHint")}
          actionLabel={t("details.leave")}
          onConfirm={() => root.attempt(() => chat.leave())}
          onClose={close}
        />
      );
    case "profile":
      return <ProfileDialog userId={ui.dialog.userId} />;
    case "avatar": {
      const { picture, of } = ui.dialog;
      if (of === "me") {
        const save = (area: PictureArea) => root.account.setPicture(picture, area);
        return <AvatarDialog title={t("avatar.title")} picture={picture} onSave={save} />;
      }
      if (chat === undefined) return null;
      const save = async (area: PictureArea) => {
        await chat.group.update({ avatar: await root.account.drawPicture(picture, area) });
      };
      return <AvatarDialog title={t("group.picture")} picture={picture} onSave={save} />;
    }
    case "removeContact":
    case "block": {
      const { userId, name: what } = ui.dialog;
      const name = people.name(userId) ?? t("common.somebody");
      const isBlock = what === "block";
      return (
        <Confirm
          title={t(isBlock ? "profile.blockConfirm" : "profile.removeConfirm", { name })}
          hint={t(isBlock ? "profile.blockHint" : "profile.removeHint")}
          actionLabel={t(isBlock ? "profile.block" : "common.remove")}
          onConfirm={() => root.attempt(() => root.contacts.act(userId, isBlock ? "block" : "remove"))}
          onClose={close}
        />
      );
    }
    case "removeMember": {
      const { userId } = ui.dialog;
      const name = people.name(userId) ?? t("common.somebody");
      return chat === undefined ? null : (
        <Confirm
          title={t("details.removeConfirm", { name })}
          hint={t("details.removeHint")}
          actionLabel={t("common.remove")}
          onConfirm={() => root.attempt(() => chat.members.remove(userId))}
          onClose={close}
        />
      );
    }
    case "newFolder": {
      const filed = chats.get(ui.dialog.chatId);
      return filed === undefined ? null : <NewFolderDialog chat={filed} />;
    }
    case "saved":
      return <SavedDialog />;
    case "scheduled":
      return <ScheduledDialog />;
    case "sendLater": {
      const to = chats.get(ui.dialog.chatId);
      return to === undefined ? null : <SendLaterDialog chat={to} clientId={ui.dialog.clientId} />;
    }
    case "hideMessage": {
      const { seq } = ui.dialog;
      return chat === undefined ? null : (
        <Confirm
          title={t("message.hideConfirm")}
          hint={t("message.hideHint")}
          actionLabel={t("message.hide")}
          onConfirm={() => root.attempt(() => chat.own.hide([seq]))}
          onClose={close}
        />
      );
    }
    case "signOut":
      return (
        <Confirm
          title={t("settings.signOutConfirm")}
          hint={t("settings.signOutHint")}
          actionLabel={t("settings.signOut")}
          onConfirm={() => {
            root.calls.calls?.current?.hangUp();
            return root.attempt(() => session.signOut());
          }}
          onClose={close}
        />
      );
  }
});
