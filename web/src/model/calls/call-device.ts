import type { CallTrack } from "@parley/protocol/client";

export type { CallTrack };

/** Why something to hear or see with cannot be had. */
export type MediaProblem =
  /** People or the browser do not allow it. */
  | "denied"
  /** There is none. */
  | "missing"
  /** Another program has it. */
  | "inUse"
  | "failed";

export class MediaError extends Error {
  readonly problem: MediaProblem;

  constructor(problem: MediaProblem) {
    super(problem);
    this.problem = problem;
  }
}

/** A track of this device's own: a browser's MediaStreamTrack is one. */
export interface OwnTrack extends CallTrack {
  /** False: silent or black, and the device is still taken. */
  enabled: boolean;
  stop(): void;
  /** Unplugged, or ended by the browser's own buttons; not by `stop`. */
  addEventListener(event: "ended", listener: () => void): void;
  getSettings(): { readonly deviceId?: string };
}

export type DeviceKind = "microphone" | "camera" | "speaker";

export interface MediaDevice {
  readonly id: string;
  readonly kind: DeviceKind;
  /** Empty until it may be used. */
  readonly label: string;
}

export type MediaPermission = "granted" | "ask" | "denied";

/** What a browser lends for calls. */
export interface CallDevice {
  readonly canShareScreen: boolean;
  readonly canChooseSpeaker: boolean;
  permission(kind: "microphone" | "camera"): Promise<MediaPermission>;
  /** Throws a MediaError. `deviceId`: rather this one. */
  openMicrophone(deviceId: string | undefined): Promise<OwnTrack>;
  openCamera(deviceId: string | undefined): Promise<OwnTrack>;
  /** Its pictures, and its sound where the browser has it. Throws `denied` also when the person thinks better of it. */
  openScreen(): Promise<readonly OwnTrack[]>;
  list(): Promise<readonly MediaDevice[]>;
  /** Devices come and go. The answer ends it. */
  watchDevices(changed: () => void): () => void;
  /** Loudness from 0 to 1, some times a second. The answer ends it. */
  meter(track: CallTrack, heard: (loudness: number) => void): () => void;
  /** Until the answer is called. */
  ring(tone: "incoming" | "outgoing"): () => void;
}
