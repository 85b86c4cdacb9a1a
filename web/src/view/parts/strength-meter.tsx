import { type TextKey, t } from "../../i18n/t.ts";
import { type Strength, strengthOf } from "../../model/password-strength.ts";

const LEVELS: Record<Strength, number> = { empty: 0, tooShort: 1, weak: 1, fair: 2, good: 3, strong: 4 };

export function StrengthMeter({ password, handle }: { password: string; handle: string }) {
  const strength = strengthOf(password, handle);
  const word = t(`strength.${strength}` satisfies TextKey);
  return (
    <div className="strength" data-level={LEVELS[strength]}>
      <div className="strength-bars" aria-hidden="true">
        <span className="strength-bar" />
        <span className="strength-bar" />
        <span className="strength-bar" />
        <span className="strength-bar" />
      </div>
      <p className="field-hint" role="status">
        {strength === "empty" ? word : t("strength.label", { level: word })}
      </p>
    </div>
  );
}
