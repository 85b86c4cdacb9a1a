import { ArrowLeft } from "lucide-react";
import { observer } from "mobx-react-lite";
import { t } from "../../i18n/t.ts";
import { EmptyState } from "../parts/empty-state.tsx";
import { IconButton } from "../parts/icon-button.tsx";
import { useRoot } from "../root-context.ts";
import { ContactList } from "./contact-list.tsx";
import { RequestList } from "./request-list.tsx";

/** The address book: who asks, who is asked, and everybody by their initial. */
export const ContactsPage = observer(function ContactsPage() {
  const { ui, contacts } = useRoot();
  const { sorted, incoming, outgoing, loaded, failed } = contacts;
  const nobody = sorted.length + incoming.length + outgoing.length === 0;
  return (
    <>
      <header className="bar conversation-head">
        <IconButton icon={ArrowLeft} label={t("common.back")} onClick={() => ui.goHome()} />
        <h2 className="bar-title">{t("contacts.title")}</h2>
      </header>
      <section className="settings" aria-label={t("contacts.title")} data-region="contacts" tabIndex={0}>
        <div className="settings-page">
          {failed && !loaded && (
            <p className="result-note" role="status">
              {t("contacts.failed")}
            </p>
          )}
          {incoming.length > 0 && <RequestList way="in" requests={incoming} />}
          {outgoing.length > 0 && <RequestList way="out" requests={outgoing} />}
          {sorted.length > 0 && <ContactList />}
          {nobody && loaded && (
            <EmptyState title={t("contacts.empty")} hint={t("contacts.emptyHint")}>
              <button type="button" className="button button-primary" onClick={() => ui.show({ name: "newChat" })}>
                {t("contacts.find")}
              </button>
            </EmptyState>
          )}
        </div>
      </section>
    </>
  );
});
