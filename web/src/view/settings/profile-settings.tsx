import { limits } from "@parley/protocol";
import { observer } from "mobx-react-lite";
import { useEffect, useId, useState } from "react";
import { problemText } from "../../i18n/problem.ts";
import { t } from "../../i18n/t.ts";
import { Avatar } from "../parts/avatar.tsx";
import { Field } from "../parts/field.tsx";
import { PictureButtons } from "../parts/picture-buttons.tsx";
import { useRoot } from "../root-context.ts";
import { useForm } from "../welcome/use-form.ts";

/** What others see of oneself: face, name, and a few words. */
export const ProfileSettings = observer(function ProfileSettings() {
  const root = useRoot();
  const { me, account, ui } = root;
  useEffect(() => void account.load().catch(() => {}), [account]);
  if (me === undefined) return null;
  return (
    <section className="card" aria-label={t("profile.own")}>
      <div className="me-card">
        <Avatar id={me.userId} name={me.displayName} />
        <div>
          <p className="details-name">{me.displayName}</p>
          <p className="details-note">{t("common.handle", { handle: me.handle })}</p>
          <PictureButtons
            onPicked={(picture) => ui.show({ name: "avatar", picture, of: "me" })}
            onRemove={me.avatar === null ? null : () => void root.attempt(() => account.setAvatar(null))}
          />
        </div>
      </div>
      {account.data !== null && <ProfileForm key={account.data.userId} />}
    </section>
  );
});

const ProfileForm = observer(function ProfileForm() {
  const { account, ui } = useRoot();
  const id = useId();
  const [name, setName] = useState(account.data?.displayName ?? "");
  const [pronouns, setPronouns] = useState(account.data?.pronouns ?? "");
  const [about, setAbout] = useState(account.data?.about ?? "");
  const { busy, failure, submit } = useForm(async () => {
    await account.setProfile({ displayName: name, pronouns, about });
    ui.tell({ kind: "profileSaved" });
  });
  return (
    <form className="form" onSubmit={submit}>
      <Field
        label={t("profile.name")}
        value={name}
        maxLength={limits.DISPLAY_NAME_MAX}
        autoComplete="name"
        required
        onChange={(event) => setName(event.target.value)}
      />
      <Field
        label={t("profile.pronouns")}
        value={pronouns}
        maxLength={limits.PRONOUNS_MAX}
        onChange={(event) => setPronouns(event.target.value)}
      />
      <div className="field">
        <label className="field-label" htmlFor={id}>
          {t("profile.about")}
        </label>
        <div className="field-box">
          <textarea
            id={id}
            rows={3}
            value={about}
            maxLength={limits.ABOUT_MAX}
            onChange={(event) => setAbout(event.target.value)}
          />
        </div>
      </div>
      {failure !== null && (
        <p className="notice notice-danger" role="alert">
          {problemText(failure)}
        </p>
      )}
      <div className="form-actions">
        <button type="submit" className="button button-primary" disabled={busy || name.trim() === ""}>
          {t("profile.save")}
        </button>
      </div>
    </form>
  );
});
