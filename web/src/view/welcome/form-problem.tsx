import { problemText } from "../../i18n/problem.ts";
import type { Failure } from "../../model/failure.ts";

/** Why a form failed, where no single field is to blame. */
export function FormProblem({ failure }: { readonly failure: Failure | null }) {
  if (failure === null) return null;
  return (
    <p className="notice notice-danger" role="alert">
      {problemText(failure)}
    </p>
  );
}
