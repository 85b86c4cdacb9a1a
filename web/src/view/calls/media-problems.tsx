import { observer } from "mobx-react-lite";
import { t } from "../../i18n/call-texts.ts";
import type { OwnMedia } from "../../model/calls/own-media.ts";

/** Why one is not heard or seen, and what helps. */
export const MediaProblems = observer(function MediaProblems({ media }: { media: OwnMedia }) {
  const { microphoneProblem, cameraProblem } = media;
  return (
    <div className="call-problems" role="status">
      {microphoneProblem !== null && (
        <p className="notice notice-warn">
          {t(`calls.problem.microphone.${microphoneProblem}`)}
          <button type="button" className="button button-text" onClick={() => void media.openMicrophone()}>
            {t("common.retry")}
          </button>
        </p>
      )}
      {cameraProblem !== null && (
        <p className="notice notice-warn">
          {t(`calls.problem.camera.${cameraProblem}`)}
          <button type="button" className="button button-text" onClick={() => void media.openCamera()}>
            {t("common.retry")}
          </button>
        </p>
      )}
    </div>
  );
});
