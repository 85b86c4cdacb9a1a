import {
  type CallDevice,
  type MediaDevice,
  MediaError,
  type MediaPermission,
  type MediaProblem,
  type OwnTrack,
} from "./call-device.ts";

/** A track that a test unplugs. */
export class TestTrack implements OwnTrack {
  readonly id: string;
  readonly kind: string;
  enabled = true;
  stopped = false;
  readonly #deviceId: string | undefined;
  #ended: () => void = () => {};

  constructor(kind: string, deviceId?: string) {
    this.id = `${kind} ${deviceId}`;
    this.kind = kind;
    this.#deviceId = deviceId;
  }

  stop(): void {
    this.stopped = true;
  }

  addEventListener(_event: "ended", listener: () => void): void {
    this.#ended = listener;
  }

  getSettings() {
    return this.#deviceId === undefined ? {} : { deviceId: this.#deviceId };
  }

  unplug(): void {
    this.#ended();
  }
}

/** Devices that a test gives and takes away. */
export class TestCallDevice implements CallDevice {
  readonly canShareScreen = true;
  readonly canChooseSpeaker = true;
  readonly opened: TestTrack[] = [];
  readonly sounds: string[] = [];
  allowed: MediaPermission = "granted";
  problem: MediaProblem | null = null;
  devices: MediaDevice[] = [
    { id: "mic", kind: "microphone", label: "Desk" },
    { id: "front", kind: "camera", label: "Front" },
    { id: "back", kind: "camera", label: "Back" },
  ];

  readonly permission = async () => this.allowed;
  readonly openMicrophone = async (id?: string) => this.#open("audio", id ?? "mic");
  readonly openCamera = async (id?: string) => this.#open("video", id ?? "front");
  readonly openScreen = async () => [this.#open("video"), this.#open("audio")];
  readonly list = async () => this.devices;
  readonly watchDevices = () => () => {};
  readonly meter = () => () => {};
  readonly ring = (tone: string) => {
    this.sounds.push(tone);
    return () => void this.sounds.push(`${tone} ends`);
  };

  #open(kind: string, deviceId?: string): TestTrack {
    if (this.problem !== null) throw new MediaError(this.problem);
    const track = new TestTrack(kind, deviceId);
    this.opened.push(track);
    return track;
  }
}
