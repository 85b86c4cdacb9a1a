import { t } from "../i18n/t.ts";
import { BrandMark } from "./parts/brand-mark.tsx";

/** Instead of an empty page, where not even the models could be made. */
export function StartFailed() {
  return (
    <main className="welcome">
      <div className="welcome-brand" role="alert">
        <BrandMark />
        <h1 className="welcome-name">{t("failed.title")}</h1>
        <p className="welcome-tagline">{t("failed.text")}</p>
      </div>
    </main>
  );
}
