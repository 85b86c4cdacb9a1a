import { Eye, EyeOff } from "lucide-react";
import { useState } from "react";
import { t } from "../../i18n/t.ts";
import { Field } from "./field.tsx";
import { IconButton } from "./icon-button.tsx";

export function PasswordField({ label, value, onText, fresh = false, problem }: PasswordFieldProps) {
  const [shown, setShown] = useState(false);
  return (
    <Field
      label={label}
      problem={problem}
      type={shown ? "text" : "password"}
      autoComplete={fresh ? "new-password" : "current-password"}
      autoCapitalize="none"
      spellCheck={false}
      required
      value={value}
      onChange={(event) => onText(event.target.value)}
      trailing={
        <IconButton
          icon={shown ? EyeOff : Eye}
          label={shown ? t("welcome.hidePassword") : t("welcome.showPassword")}
          onClick={() => setShown(!shown)}
        />
      }
    />
  );
}

interface PasswordFieldProps {
  readonly label: string;
  readonly value: string;
  readonly onText: (text: string) => void;
  /** A password that is being chosen, not remembered. */
  readonly fresh?: boolean;
  readonly problem?: string | undefined;
}
