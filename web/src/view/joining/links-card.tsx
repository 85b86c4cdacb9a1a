import type { ChatLink } from "@parley/protocol";
import { Copy, Link2, Trash2 } from "lucide-react";
import { observer } from "mobx-react-lite";
import { useState } from "react";
import { shortMoment } from "../../i18n/dates.ts";
import { t } from "../../i18n/t.ts";
import type { Chat } from "../../model/chat.ts";
import { copyText } from "../copy-text.ts";
import { Choices } from "../parts/choices.tsx";
import { IconButton } from "../parts/icon-button.tsx";
import { useRoot } from "../root-context.ts";
import { useNow } from "../use-now.ts";

const DAY_MS = 24 * 3600_000;
const USES = { any: undefined, once: 1, ten: 10, hundred: 100 } as const;
const TIMES = { always: undefined, day: DAY_MS, week: 7 * DAY_MS, month: 30 * DAY_MS } as const;
type Uses = keyof typeof USES;
type Time = keyof typeof TIMES;

/** Whoever has one of these links comes in. */
export const LinksCard = observer(function LinksCard({ chat }: { chat: Chat }) {
  const root = useRoot();
  const { door } = chat;
  const [uses, setUses] = useState<Uses>("any");
  const [time, setTime] = useState<Time>("always");
  const copy = async (code: string) => {
    if (await copyText(addressOf(code))) root.ui.tell({ kind: "copied" });
  };
  const create = () =>
    root.attempt(async () => {
      const [most, lasting] = [USES[uses], TIMES[time]];
      await door.createLink({
        ...(most === undefined ? {} : { uses: most }),
        ...(lasting === undefined ? {} : { expiresInMs: lasting }),
      });
    });
  return (
    <section className="details-section" aria-label={t("door.links")}>
      <h3 className="section-title">{t("door.links")}</h3>
      {chat.data.settings.join === "closed" ? (
        <p className="result-note">{t("door.linksOff")}</p>
      ) : (
        <>
          <ul className="links">
            {door.links.map((link) => (
              <li key={link.code} className="link-row">
                <LinkWords link={link} />
                <IconButton icon={Copy} label={t("door.copy")} onClick={() => void copy(link.code)} />
                <IconButton
                  icon={Trash2}
                  label={t("door.revoke")}
                  onClick={() => void root.attempt(() => door.revoke(link.code))}
                />
              </li>
            ))}
          </ul>
          <div className="link-form">
            <Choices
              label={t("door.uses")}
              value={uses}
              options={Object.keys(USES) as Uses[]}
              onChoose={setUses}
              face={(option) => t(`door.usesOf.${option}`)}
            />
            <Choices
              label={t("door.expires")}
              value={time}
              options={Object.keys(TIMES) as Time[]}
              onChoose={setTime}
              face={(option) => t(`door.expiresIn.${option}`)}
            />
            <button type="button" className="button button-quiet" onClick={() => void create()}>
              <Link2 aria-hidden="true" />
              {t("door.createLink")}
            </button>
          </div>
        </>
      )}
    </section>
  );
});

/** Selectable, for whoever cannot copy it otherwise. */
function LinkWords({ link }: { link: ChatLink }) {
  const now = useNow(30_000);
  const left = link.usesLeft === undefined ? t("door.usesAny") : t("door.usesLeft", { count: link.usesLeft });
  const until =
    link.expiresAt === undefined ? t("door.forever") : t("door.until", { when: shortMoment(link.expiresAt, now) });
  return (
    <span className="link-words">
      <code className="link-address">{addressOf(link.code)}</code>
      <span className="person-note">
        {left} · {until}
      </span>
    </span>
  );
}

/** After the hash: it is not sent to the server with the page. */
function addressOf(code: string): string {
  return `${location.origin}/#join=${code}`;
}
