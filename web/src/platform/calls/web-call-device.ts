import type { CallTrack } from "@parley/protocol/client";
import { type CallDevice, type DeviceKind, MediaError, type MediaProblem } from "../../model/calls/call-device.ts";
import { ring } from "./ringtone.ts";
import { meter } from "./sound-meter.ts";

const SOUND = { echoCancellation: true, noiseSuppression: true, autoGainControl: true } as const;
const PICTURE = { width: { ideal: 1280 }, height: { ideal: 720 }, frameRate: { ideal: 30, max: 30 } } as const;
const SCREEN = { video: { frameRate: { ideal: 15, max: 30 } }, audio: true } as const;

const KINDS: Readonly<Record<MediaDeviceKind, DeviceKind>> = {
  audioinput: "microphone",
  videoinput: "camera",
  audiooutput: "speaker",
};

const PROBLEMS: Readonly<Record<string, MediaProblem>> = {
  NotAllowedError: "denied",
  SecurityError: "denied",
  NotFoundError: "missing",
  OverconstrainedError: "missing",
  NotReadableError: "inUse",
  AbortError: "inUse",
};

/** Cameras, microphones and loudspeakers of a browser. Only for pages in a secure context: others have none. */
export const webCallDevice: CallDevice = {
  canShareScreen: typeof navigator.mediaDevices?.getDisplayMedia === "function",
  canChooseSpeaker: "setSinkId" in HTMLMediaElement.prototype,
  async permission(kind) {
    try {
      const { state } = await navigator.permissions.query({ name: kind });
      return state === "prompt" ? "ask" : state;
    } catch {
      // Firefox does not tell before 132; who has a name for a device may use it.
      const wanted = kind === "microphone" ? "audioinput" : "videoinput";
      const devices = await navigator.mediaDevices.enumerateDevices();
      return devices.some((device) => device.kind === wanted && device.label !== "") ? "granted" : "ask";
    }
  },
  openMicrophone: (deviceId) => one({ audio: { ...SOUND, ...chosen(deviceId) } }),
  // The front camera of a phone, unless another one was chosen.
  openCamera: (deviceId) =>
    one({ video: { ...PICTURE, ...(deviceId === undefined ? { facingMode: "user" } : chosen(deviceId)) } }),
  openScreen: async () => (await asked(() => navigator.mediaDevices.getDisplayMedia(SCREEN))).getTracks(),
  async list() {
    const devices = await navigator.mediaDevices.enumerateDevices().catch(() => []);
    return devices
      .filter(({ deviceId }) => deviceId !== "")
      .map(({ deviceId, kind, label }) => ({ id: deviceId, kind: KINDS[kind], label }));
  },
  watchDevices(changed) {
    navigator.mediaDevices.addEventListener("devicechange", changed);
    return () => navigator.mediaDevices.removeEventListener("devicechange", changed);
  },
  meter: (track: CallTrack, heard) => meter(track as MediaStreamTrack, heard),
  ring,
};

const chosen = (deviceId: string | undefined) => (deviceId === undefined ? {} : { deviceId: { ideal: deviceId } });

async function one(constraints: MediaStreamConstraints): Promise<MediaStreamTrack> {
  const [track] = (await asked(() => navigator.mediaDevices.getUserMedia(constraints))).getTracks();
  if (track === undefined) throw new MediaError("failed");
  return track;
}

async function asked(ask: () => Promise<MediaStream>): Promise<MediaStream> {
  try {
    return await ask();
  } catch (error) {
    throw new MediaError(PROBLEMS[error instanceof DOMException ? error.name : ""] ?? "failed");
  }
}
