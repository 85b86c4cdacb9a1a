import { type FormEvent, useState } from "react";
import { type Failure, toFailure } from "../../model/failure.ts";

/** A form that does one deed at a time, and shows why it failed. */
export function useForm(deed: () => Promise<unknown>) {
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<Failure | null>(null);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (busy) return;
    setBusy(true);
    setFailure(null);
    void deed()
      .catch((error: unknown) => setFailure(toFailure(error)))
      .finally(() => setBusy(false));
  };
  return { busy, failure, submit };
}
