import type { UserId } from "@parley/protocol";
import { observer } from "mobx-react-lite";
import { useEffect, useState } from "react";
import { problemText } from "../../i18n/problem.ts";
import { t } from "../../i18n/t.ts";
import { type Failure, toFailure } from "../../model/failure.ts";
import { Avatar } from "../parts/avatar.tsx";
import { useRoot } from "../root-context.ts";
import { useNow } from "../use-now.ts";
import { ContactActions, RareActions } from "./contact-actions.tsx";
import { NotesForm } from "./notes-form.tsx";
import { presenceText } from "./presence-text.ts";

/** A person, fetched anew when it is shown, and what can be done with them. */
export const ProfileCard = observer(function ProfileCard({ userId }: { userId: UserId }) {
  const { people, contacts, session } = useRoot();
  const now = useNow(30_000);
  const [failure, setFailure] = useState<Failure | null>(null);
  useEffect(() => {
    setFailure(null);
    contacts.open(userId).catch((error: unknown) => setFailure(toFailure(error)));
  }, [contacts, userId]);
  const profile = contacts.profile(userId);
  const card = people.card(userId) ?? profile?.user;
  if (card === undefined) {
    return failure === null ? null : (
      <p className="notice notice-danger" role="alert">
        {problemText(failure)}
      </p>
    );
  }
  const name = people.name(userId) ?? card.displayName;
  const presence = people.presence(userId);
  const status = presenceText(presence, now);
  return (
    <div className="profile">
      <div className="details-card">
        <Avatar id={userId} name={name} online={presence?.state === "online"} away={presence?.state === "away"} />
        <p className="details-name">{name}</p>
        {name !== card.displayName && (
          <p className="details-note">{t("profile.ownName", { name: card.displayName })}</p>
        )}
        <p className="details-note">{t("common.handle", { handle: card.handle })}</p>
        {status !== "" && <p className="details-note">{status}</p>}
        {profile !== undefined && profile.pronouns !== "" && <p className="tag">{profile.pronouns}</p>}
        {profile !== undefined && profile.about !== "" && <p className="profile-about">{profile.about}</p>}
      </div>
      {failure !== null && profile === undefined && (
        <p className="notice notice-danger" role="alert">
          {problemText(failure)}
        </p>
      )}
      {profile !== undefined && userId !== session.userId && (
        <>
          <ContactActions profile={profile} name={name} />
          {profile.contact !== undefined && <NotesForm key={userId} contact={profile.contact} />}
          <RareActions profile={profile} />
        </>
      )}
    </div>
  );
});
