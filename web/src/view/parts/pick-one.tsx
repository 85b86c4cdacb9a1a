import { useId } from "react";

/** One of several, of which only the chosen one is in sight. */
export function PickOne<T extends string | number>({ label, hint, value, options, onChoose, face }: PickOneProps<T>) {
  const id = useId();
  // What another client has set may be none of the options.
  const all = options.includes(value) ? options : [...options, value];
  return (
    <div className="field">
      <label className="field-label" htmlFor={id}>
        {label}
      </label>
      <div className="field-box">
        <select
          id={id}
          value={all.indexOf(value)}
          aria-describedby={hint === undefined ? undefined : `${id}-note`}
          onChange={(event) => {
            const chosen = all[Number(event.target.value)];
            if (chosen !== undefined) onChoose(chosen);
          }}
        >
          {all.map((option, at) => (
            <option key={option} value={at}>
              {face(option)}
            </option>
          ))}
        </select>
      </div>
      {hint !== undefined && (
        <p id={`${id}-note`} className="field-hint">
          {hint}
        </p>
      )}
    </div>
  );
}

interface PickOneProps<T extends string | number> {
  readonly label: string;
  readonly hint?: string | undefined;
  readonly value: T;
  readonly options: readonly T[];
  readonly onChoose: (value: T) => void;
  readonly face: (value: T) => string;
}
