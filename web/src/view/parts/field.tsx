import { type ComponentProps, type ReactNode, useId } from "react";

/** A labelled line of text, with a hint or with what is wrong. */
export function Field({ label, hint, problem, trailing, ...input }: FieldProps) {
  const id = useId();
  const note = problem ?? hint;
  return (
    <div className={`field${problem === undefined ? "" : " field-wrong"}`}>
      <label className="field-label" htmlFor={id}>
        {label}
      </label>
      <div className="field-box">
        <input
          id={id}
          aria-invalid={problem !== undefined}
          aria-describedby={note === undefined ? undefined : `${id}-note`}
          {...input}
        />
        {trailing}
      </div>
      {note !== undefined && (
        <p id={`${id}-note`} className={problem === undefined ? "field-hint" : "field-problem"}>
          {note}
        </p>
      )}
    </div>
  );
}

type FieldProps = Omit<ComponentProps<"input">, "id"> & {
  readonly label: string;
  readonly hint?: string | undefined;
  readonly problem?: string | undefined;
  readonly trailing?: ReactNode;
};
