import { type ReactNode, useId } from "react";

/** One of a few, all in sight. */
export function Choices<T extends string>({ label, value, options, onChoose, face }: ChoicesProps<T>) {
  const name = useId();
  return (
    <fieldset className="setting">
      <legend className="unseen">{label}</legend>
      <span className="setting-label" aria-hidden="true">
        {label}
      </span>
      <span className="choices">
        {options.map((option) => (
          <label key={option} className="choice">
            <input type="radio" name={name} checked={option === value} onChange={() => onChoose(option)} />
            <span className="choice-face">{face(option)}</span>
          </label>
        ))}
      </span>
    </fieldset>
  );
}

interface ChoicesProps<T extends string> {
  readonly label: string;
  readonly value: T;
  readonly options: readonly T[];
  readonly onChoose: (option: T) => void;
  readonly face: (option: T) => ReactNode;
}
