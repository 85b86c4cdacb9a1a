import { observer } from "mobx-react-lite";
import { t } from "../../i18n/t.ts";
import { Field } from "../parts/field.tsx";
import { Toggle } from "../parts/toggle.tsx";
import { useRoot } from "../root-context.ts";

export const QuietHoursFields = observer(function QuietHoursFields() {
  const { notices } = useRoot();
  const { quiet } = notices.rules;
  return (
    <div className="form">
      <Toggle
        label={t("notices.quiet")}
        hint={t("notices.quietHint")}
        checked={quiet.on}
        onChange={(on) => notices.setRule("quiet", { ...quiet, on })}
      />
      {quiet.on && (
        <fieldset className="times">
          <legend className="unseen">{t("notices.quiet")}</legend>
          <TimeField
            label={t("notices.quietFrom")}
            minutes={quiet.from}
            onMinutes={(from) => notices.setRule("quiet", { ...quiet, from })}
          />
          <TimeField
            label={t("notices.quietTo")}
            minutes={quiet.to}
            onMinutes={(to) => notices.setRule("quiet", { ...quiet, to })}
          />
        </fieldset>
      )}
    </div>
  );
});

interface TimeFieldProps {
  readonly label: string;
  readonly minutes: number;
  readonly onMinutes: (minutes: number) => void;
}

function TimeField({ label, minutes, onMinutes }: TimeFieldProps) {
  return (
    <Field
      label={label}
      type="time"
      value={formatTime(minutes)}
      onChange={(event) => {
        const chosen = parseTime(event.target.value);
        if (chosen !== null) onMinutes(chosen);
      }}
    />
  );
}

function formatTime(minutes: number): string {
  const two = (part: number) => String(part).padStart(2, "0");
  return `${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;
}

/** Null while it is being typed. */
function parseTime(text: string): number | null {
  const [, hours, minutes] = /^(\d\d):(\d\d)/.exec(text) ?? [];
  return hours === undefined ? null : Number(hours) * 60 + Number(minutes);
}
