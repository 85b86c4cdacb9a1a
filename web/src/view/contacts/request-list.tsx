import type { ContactRequest } from "@parley/protocol";
import { observer } from "mobx-react-lite";
import { longAgo } from "../../i18n/dates.ts";
import { t } from "../../i18n/t.ts";
import { PersonFace } from "../parts/person-row.tsx";
import { AnswerButtons } from "../people/answer-buttons.tsx";
import { useRoot } from "../root-context.ts";
import { useNow } from "../use-now.ts";

export const RequestList = observer(function RequestList({ way, requests }: RequestListProps) {
  const root = useRoot();
  const now = useNow(30_000);
  const title = way === "in" ? t("contacts.incoming") : t("contacts.outgoing");
  return (
    <section className="card" aria-label={title}>
      <h3 className="card-title">{title}</h3>
      <ul className="requests">
        {requests.map(({ user, message, at }) => (
          <li key={user.userId} className="request">
            <button
              type="button"
              className="person-row"
              onClick={() => root.ui.show({ name: "profile", userId: user.userId })}
            >
              <PersonFace person={user} note={longAgo(at, now)} />
            </button>
            {message !== "" && <blockquote className="profile-message">{message}</blockquote>}
            {way === "in" ? (
              <AnswerButtons userId={user.userId} name={user.displayName} />
            ) : (
              <button
                type="button"
                className="button button-quiet"
                aria-label={t("contacts.cancelTo", { name: user.displayName })}
                onClick={() => void root.attempt(() => root.contacts.act(user.userId, "cancel"))}
              >
                {t("contacts.cancel")}
              </button>
            )}
          </li>
        ))}
      </ul>
    </section>
  );
});

interface RequestListProps {
  readonly way: "in" | "out";
  readonly requests: readonly ContactRequest[];
}
