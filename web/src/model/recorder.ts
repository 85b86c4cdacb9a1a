/** What the browser records with; nothing where there is no page. */
export interface Recorder {
  /** Absent where a page may not hear: over plain http, or without a microphone. */
  readonly able: boolean;
  /** From a click. Rejects where people or the browser do not allow it. `heard`: loudness from 0 to 1, some times a second. */
  begin(heard: (loudness: number) => void): Promise<RunningRecorder>;
}

export interface RunningRecorder {
  stop(): Promise<Blob>;
  cancel(): void;
}

export const NO_RECORDER: Recorder = { able: false, begin: () => Promise.reject(new Error("No recorder.")) };
