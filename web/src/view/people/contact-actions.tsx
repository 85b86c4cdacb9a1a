import { limits, type Profile } from "@parley/protocol";
import { Ban, MessageCircle, UserMinus, UserPlus } from "lucide-react";
import { observer } from "mobx-react-lite";
import { useState } from "react";
import { t } from "../../i18n/t.ts";
import { Field } from "../parts/field.tsx";
import { useRoot } from "../root-context.ts";
import { AnswerButtons } from "./answer-buttons.tsx";

/** Message, request, answer, unblock: whatever makes sense as things stand. */
export const ContactActions = observer(function ContactActions({ profile, name }: { profile: Profile; name: string }) {
  const root = useRoot();
  const { ui, contacts, chats, chat } = root;
  const { userId } = profile.user;
  const known = chats.peers.includes(userId);
  const write = () => void root.attempt(async () => ui.openChat(await chats.openDirect(userId)));
  return (
    <div className="profile-actions">
      {profile.blocked ? (
        <>
          <p className="notice" role="status">
            {t("profile.blockedHint", { name })}
          </p>
          <button
            type="button"
            className="button button-quiet"
            onClick={() => void root.attempt(() => contacts.act(userId, "unblock"))}
          >
            {t("profile.unblock")}
          </button>
        </>
      ) : (
        <>
          {(profile.mayWrite || known) && chat?.peerId !== userId && (
            <button type="button" className="button button-primary" onClick={write}>
              <MessageCircle aria-hidden="true" />
              {t("profile.message")}
            </button>
          )}
          {!profile.mayWrite && <p className="notice">{t("profile.mayNotWrite", { name })}</p>}
          {profile.request === "in" && <Asked userId={userId} name={name} />}
          {profile.request === "out" && (
            <>
              <p className="notice">{t("profile.requested", { name })}</p>
              <button
                type="button"
                className="button button-quiet"
                onClick={() => void root.attempt(() => contacts.act(userId, "cancel"))}
              >
                {t("profile.cancelRequest")}
              </button>
            </>
          )}
          {profile.request === undefined && profile.contact === undefined && <AskForm userId={userId} />}
        </>
      )}
    </div>
  );
});

const Asked = observer(function Asked({ userId, name }: { userId: string; name: string }) {
  const { contacts } = useRoot();
  const message = contacts.incoming.find(({ user }) => user.userId === userId)?.message ?? "";
  return (
    <>
      <p className="notice notice-info">{t("profile.asks", { name })}</p>
      {message !== "" && <blockquote className="profile-message">{message}</blockquote>}
      <AnswerButtons userId={userId} name={name} />
    </>
  );
});

/** What one does rarely and not by mistake: to remove and to block. */
export const RareActions = observer(function RareActions({ profile }: { profile: Profile }) {
  const { ui } = useRoot();
  const { userId } = profile.user;
  return (
    <div className="profile-rare">
      {profile.contact !== undefined && (
        <button
          type="button"
          className="button button-danger-text"
          onClick={() => ui.show({ name: "removeContact", userId })}
        >
          <UserMinus aria-hidden="true" />
          {t("profile.remove")}
        </button>
      )}
      {!profile.blocked && (
        <button type="button" className="button button-danger-text" onClick={() => ui.show({ name: "block", userId })}>
          <Ban aria-hidden="true" />
          {t("profile.block")}
        </button>
      )}
    </div>
  );
});

/** Asking takes a second step, in which something can be said. */
const AskForm = observer(function AskForm({ userId }: { userId: string }) {
  const root = useRoot();
  const [open, setOpen] = useState(false);
  const [message, setMessage] = useState("");
  if (!open) {
    return (
      <button type="button" className="button button-quiet" onClick={() => setOpen(true)}>
        <UserPlus aria-hidden="true" />
        {t("profile.add")}
      </button>
    );
  }
  return (
    <form
      className="form"
      onSubmit={(event) => {
        event.preventDefault();
        void root.attempt(() => root.contacts.request(userId, message));
      }}
    >
      <Field
        label={t("profile.requestMessage")}
        hint={t("profile.requestHint")}
        value={message}
        maxLength={limits.CONTACT_MESSAGE_MAX}
        onChange={(event) => setMessage(event.target.value)}
        autoFocus
      />
      <div className="form-actions">
        <button type="submit" className="button button-primary">
          {t("profile.sendRequest")}
        </button>
        <button type="button" className="button button-quiet" onClick={() => setOpen(false)}>
          {t("common.cancel")}
        </button>
      </div>
    </form>
  );
});
