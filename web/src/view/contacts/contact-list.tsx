import type { Contact } from "@parley/protocol";
import { observer } from "mobx-react-lite";
import { useState } from "react";
import { t } from "../../i18n/t.ts";
import { nameOf } from "../../model/contacts.ts";
import { initialsOf } from "../../model/face.ts";
import { PersonFace } from "../parts/person-row.tsx";
import { useRoot } from "../root-context.ts";

/** Contacts under the first letter of the name that the user knows them by; a label shows those who have it. */
export const ContactList = observer(function ContactList() {
  const { contacts, people, ui } = useRoot();
  const [label, setLabel] = useState<string | null>(null);
  const { labels, sorted } = contacts;
  const chosen = label !== null && labels.includes(label) ? label : null;
  const shown = sorted.filter((contact) => chosen === null || contact.labels.includes(chosen));
  return (
    <section className="card" aria-label={t("contacts.all")}>
      <h3 className="card-title">{t("contacts.all")}</h3>
      {labels.length > 0 && (
        <fieldset className="labels">
          <legend className="unseen">{t("contacts.byLabel")}</legend>
          {[null, ...labels].map((one) => (
            <button
              key={one ?? ""}
              type="button"
              className="label-chip"
              aria-pressed={one === chosen}
              onClick={() => setLabel(one)}
            >
              {one ?? t("contacts.everybody")}
            </button>
          ))}
        </fieldset>
      )}
      {byInitial(shown).map(([initial, group]) => (
        <section key={initial} className="initials" aria-label={initial}>
          <h4 className="section-title">{initial}</h4>
          <ul>
            {group.map(({ user, labels: own }) => (
              <li key={user.userId}>
                <button
                  type="button"
                  className="person-row"
                  onClick={() => ui.show({ name: "profile", userId: user.userId })}
                >
                  <PersonFace
                    person={user}
                    online={people.presence(user.userId)?.state === "online"}
                    trailing={own.map((text) => (
                      <span key={text} className="tag">
                        {text}
                      </span>
                    ))}
                  />
                </button>
              </li>
            ))}
          </ul>
        </section>
      ))}
    </section>
  );
});

function byInitial(contacts: readonly Contact[]): [string, Contact[]][] {
  const groups = new Map<string, Contact[]>();
  for (const contact of contacts) {
    const [initial = "#"] = initialsOf(nameOf(contact)).normalize("NFD");
    groups.set(initial, [...(groups.get(initial) ?? []), contact]);
  }
  return [...groups];
}
