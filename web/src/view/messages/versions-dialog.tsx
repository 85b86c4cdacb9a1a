import type { Result } from "@parley/protocol";
import { useEffect, useState } from "react";
import { shortMoment, timeOfDay } from "../../i18n/dates.ts";
import { t } from "../../i18n/t.ts";
import type { Chat } from "../../model/chat.ts";
import { RichText } from "../conversation/rich-text.tsx";
import { Modal } from "../parts/modal.tsx";
import { useRoot } from "../root-context.ts";

/** What a message said before, the newest first. */
export function VersionsDialog({ chat, seq }: { chat: Chat; seq: number }) {
  const { ui } = useRoot();
  const [versions, setVersions] = useState<Result<"message.edits">["versions"] | "failed" | null>(null);
  useEffect(() => {
    let gone = false;
    chat.versions(seq).then(
      (found) => gone || setVersions(found.toReversed()),
      () => gone || setVersions("failed"),
    );
    return () => {
      gone = true;
    };
  }, [chat, seq]);
  return (
    <Modal title={t("edit.versions")} onClose={() => ui.show(null)}>
      {versions === null && <p className="result-note">{t("common.loading")}</p>}
      {versions === "failed" && <p className="result-note">{t("edit.versionsFailed")}</p>}
      {Array.isArray(versions) && (
        <ol className="collection-items">
          {versions.map(({ version, at, body }) => (
            <li key={version}>
              <span className="collection-head">
                <strong>{version === 0 ? t("edit.first") : t("edit.version", { number: version })}</strong>
                <time dateTime={new Date(at).toISOString()}>
                  {t("dates.dayAt", { day: shortMoment(at, Date.now()), time: timeOfDay(at) })}
                </time>
              </span>
              <RichText text={body.text} />
            </li>
          ))}
        </ol>
      )}
    </Modal>
  );
}
