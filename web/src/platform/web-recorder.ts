import type { Recorder } from "../model/recorder.ts";

/** Its code is fetched when somebody wants to speak. */
export const webRecorder: Recorder = {
  able: isSecureContext && "MediaRecorder" in globalThis && navigator.mediaDevices !== undefined,
  begin: async (heard) => (await import("./begin-recording.ts")).beginRecording(heard),
};
