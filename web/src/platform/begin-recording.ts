import type { Recorder, RunningRecorder } from "../model/recorder.ts";

/** What other browsers play, the best first. */
const TYPES = ["audio/webm;codecs=opus", "audio/mp4", "audio/ogg;codecs=opus"] as const;
const BITS_PER_SECOND = 32_000;
const LISTEN_MS = 50;
/** Speech near a microphone, as far as loudness goes. */
const LOUD = 0.35;

export const beginRecording: Recorder["begin"] = async (heard): Promise<RunningRecorder> => {
  const stream = await navigator.mediaDevices.getUserMedia({
    audio: { echoCancellation: true, noiseSuppression: true },
  });
  const type = TYPES.find((one) => MediaRecorder.isTypeSupported(one));
  const recorder = new MediaRecorder(stream, {
    audioBitsPerSecond: BITS_PER_SECOND,
    ...(type === undefined ? {} : { mimeType: type }),
  });
  const parts: Blob[] = [];
  recorder.ondataavailable = ({ data }) => parts.push(data);
  const deafen = listen(stream, heard);
  const release = () => {
    deafen();
    for (const track of stream.getTracks()) track.stop();
  };
  recorder.start();
  return {
    stop: () =>
      new Promise((resolve) => {
        recorder.onstop = () => {
          release();
          resolve(new Blob(parts, { type: recorder.mimeType }));
        };
        recorder.stop();
      }),
    cancel() {
      recorder.stop();
      release();
    },
  };
};

function listen(stream: MediaStream, heard: (loudness: number) => void): () => void {
  const context = new AudioContext();
  const analyser = context.createAnalyser();
  analyser.fftSize = 1024;
  context.createMediaStreamSource(stream).connect(analyser);
  const wave = new Float32Array(analyser.fftSize);
  const timer = setInterval(() => {
    analyser.getFloatTimeDomainData(wave);
    const power = wave.reduce((sum, value) => sum + value * value, 0) / wave.length;
    heard(Math.min(1, Math.sqrt(power) / LOUD));
  }, LISTEN_MS);
  return () => {
    clearInterval(timer);
    void context.close();
  };
}
