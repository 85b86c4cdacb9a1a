import { type ReactNode, useId } from "react";

/** Something that is so or not. */
export function Toggle({ label, hint, checked, onChange }: ToggleProps) {
  const id = useId();
  return (
    <label className="toggle">
      <input
        type="checkbox"
        checked={checked}
        aria-describedby={hint === undefined ? undefined : id}
        onChange={(event) => onChange(event.target.checked)}
      />
      <span className="toggle-text">
        {label}
        {hint !== undefined && (
          <span id={id} className="field-hint">
            {hint}
          </span>
        )}
      </span>
    </label>
  );
}

interface ToggleProps {
  readonly label: ReactNode;
  readonly hint?: string;
  readonly checked: boolean;
  readonly onChange: (checked: boolean) => void;
}
