import type { Privacy, UserCard } from "@parley/protocol";
import { observer } from "mobx-react-lite";
import { t } from "../../i18n/t.ts";
import { Choices } from "../parts/choices.tsx";
import { PersonFace } from "../parts/person-row.tsx";
import { useRoot } from "../root-context.ts";

const WRITE = ["anyone", "sharedGroups", "contacts"] as const;
const WRITE_TEXTS = {
  anyone: "privacy.writeAnyone",
  sharedGroups: "privacy.writeSharedGroups",
  contacts: "privacy.writeContacts",
} as const;
const PRESENCE = ["everyone", "contacts", "nobody"] as const;
const PRESENCE_TEXTS = {
  everyone: "privacy.presenceEveryone",
  contacts: "privacy.presenceContacts",
  nobody: "privacy.presenceNobody",
} as const;

/** Who may write, who sees when one is here, and who is blocked. */
export const PrivacyCard = observer(function PrivacyCard() {
  const root = useRoot();
  const { account, contacts } = root;
  const privacy = account.data?.privacy;
  const set = (change: Partial<Privacy>) => {
    if (privacy !== undefined) void root.attempt(() => account.setPrivacy({ ...privacy, ...change }));
  };
  return (
    <section className="card" aria-label={t("privacy.title")}>
      <h3 className="card-title">{t("privacy.title")}</h3>
      {privacy !== undefined && (
        <>
          <Choices
            label={t("privacy.write")}
            value={privacy.write}
            options={WRITE}
            onChoose={(write) => set({ write })}
            face={(one) => t(WRITE_TEXTS[one])}
          />
          <p className="field-hint">{t("privacy.writeHint")}</p>
          <Choices
            label={t("privacy.presence")}
            value={privacy.presence}
            options={PRESENCE}
            onChoose={(presence) => set({ presence })}
            face={(one) => t(PRESENCE_TEXTS[one])}
          />
          <p className="field-hint">{t("privacy.presenceHint")}</p>
        </>
      )}
      {contacts.blocked.length > 0 && (
        <div>
          <h4 className="section-title">{t("privacy.blocked")}</h4>
          <ul className="requests">
            {contacts.blocked.map((person) => (
              <BlockedRow key={person.userId} person={person} />
            ))}
          </ul>
        </div>
      )}
    </section>
  );
});

const BlockedRow = observer(function BlockedRow({ person }: { person: UserCard }) {
  const root = useRoot();
  return (
    <li className="request">
      <div className="person-row">
        <PersonFace person={person} />
      </div>
      <button
        type="button"
        className="button button-quiet"
        aria-label={t("privacy.unblockPerson", { name: person.displayName })}
        onClick={() => void root.attempt(() => root.contacts.act(person.userId, "unblock"))}
      >
        {t("profile.unblock")}
      </button>
    </li>
  );
});
