import { observer } from "mobx-react-lite";
import { longAgo } from "../../i18n/dates.ts";
import { t } from "../../i18n/t.ts";
import type { Chat } from "../../model/chat.ts";
import { PersonFace } from "../parts/person-row.tsx";
import { useRoot } from "../root-context.ts";
import { useNow } from "../use-now.ts";

/** Those who ask to be let in. */
export const RequestCards = observer(function RequestCards({ chat }: { chat: Chat }) {
  const root = useRoot();
  const now = useNow(30_000);
  const { requests } = chat.door;
  if (requests.length === 0) return null;
  const answer = (userId: string, accept: boolean) => void root.attempt(() => chat.door.answer(userId, accept));
  return (
    <section className="details-section" aria-label={t("door.requests")}>
      <h3 className="section-title">{t("door.requests")}</h3>
      <ul className="requests">
        {requests.map(({ user, message, at }) => {
          const name = root.people.name(user.userId) ?? user.displayName;
          return (
            <li key={user.userId} className="request">
              <button
                type="button"
                className="person-row"
                onClick={() => root.ui.show({ name: "profile", userId: user.userId })}
              >
                <PersonFace person={user} note={message === "" ? longAgo(at, now) : message} />
              </button>
              <div className="answer-buttons">
                <button
                  type="button"
                  className="button button-primary"
                  aria-label={t("door.approveOf", { name })}
                  onClick={() => answer(user.userId, true)}
                >
                  {t("door.approve")}
                </button>
                <button
                  type="button"
                  className="button button-quiet"
                  aria-label={t("door.refuseOf", { name })}
                  onClick={() => answer(user.userId, false)}
                >
                  {t("door.refuse")}
                </button>
              </div>
            </li>
          );
        })}
      </ul>
    </section>
  );
});
