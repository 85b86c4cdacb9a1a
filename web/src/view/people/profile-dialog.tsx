import type { UserId } from "@parley/protocol";
import { observer } from "mobx-react-lite";
import { t } from "../../i18n/t.ts";
import { Modal } from "../parts/modal.tsx";
import { useRoot } from "../root-context.ts";
import { ProfileCard } from "./profile-card.tsx";

export const ProfileDialog = observer(function ProfileDialog({ userId }: { userId: UserId }) {
  const { ui } = useRoot();
  return (
    <Modal title={t("profile.title")} onClose={() => ui.show(null)}>
      <ProfileCard userId={userId} />
    </Modal>
  );
});
