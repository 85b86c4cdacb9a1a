import type { CallStream } from "@parley/protocol";
import type { LocalTrack } from "@parley/protocol/client";
import { makeAutoObservable, observableRef, runInAction } from "mobx";
import type { QuickShelf } from "../shelf.ts";
import {
  type CallDevice,
  type DeviceKind,
  type MediaDevice,
  MediaError,
  type MediaProblem,
  type OwnTrack,
} from "./call-device.ts";

/** Which devices this browser is to use; kept over calls. */
export type DeviceChoices = Partial<Record<DeviceKind, string>>;

/** What this device gives into a call: a voice, a face, a screen. */
export class OwnMedia {
  microphone: OwnTrack | null = null;
  camera: OwnTrack | null = null;
  screen: readonly OwnTrack[] = [];
  muted = false;
  /** The line is too bad for pictures: the camera runs, and nobody gets it. */
  paused = false;
  microphoneProblem: MediaProblem | null = null;
  cameraProblem: MediaProblem | null = null;
  devices: readonly MediaDevice[] = [];
  choices: DeviceChoices;
  /** Of one's own voice, from 0 to 1. */
  loudness = 0;
  readonly #device: CallDevice;
  readonly #shelf: QuickShelf<DeviceChoices>;
  readonly #endWatch: () => void;
  #endMeter: (() => void) | null = null;
  #closed = false;

  constructor(device: CallDevice, shelf: QuickShelf<DeviceChoices>) {
    this.#device = device;
    this.#shelf = shelf;
    this.choices = shelf.read() ?? {};
    makeAutoObservable(this, {
      microphone: observableRef,
      camera: observableRef,
      screen: observableRef,
      devices: observableRef,
      choices: observableRef,
    });
    this.#endWatch = device.watchDevices(() => void this.listDevices());
  }

  get canShareScreen(): boolean {
    return this.#device.canShareScreen;
  }

  get canChooseSpeaker(): boolean {
    return this.#device.canChooseSpeaker;
  }

  /** More than one camera: there is something to switch to. */
  get canSwitchCamera(): boolean {
    return this.of("camera").length > 1;
  }

  of(kind: DeviceKind): readonly MediaDevice[] {
    return this.devices.filter((device) => device.kind === kind);
  }

  get isSharing(): boolean {
    return this.screen.length > 0;
  }

  /** What is sent. */
  get tracks(): readonly LocalTrack[] {
    const camera = this.paused ? null : this.camera;
    const own = [this.microphone, camera].filter((track) => track !== null);
    return [
      ...own.map((track) => ({ streamId: "camera", track })),
      ...this.screen.map((track) => ({ streamId: "screen", track })),
    ];
  }

  /** What the others are told of it. */
  get streams(): readonly CallStream[] {
    const audio = this.microphone !== null && !this.muted;
    const camera: CallStream = {
      streamId: "camera",
      kind: "camera",
      audio,
      video: this.camera !== null && !this.paused,
    };
    if (!this.isSharing) return [camera];
    const sound = this.screen.some(({ kind }) => kind === "audio");
    return [camera, { streamId: "screen", kind: "screen", audio: sound, video: true }];
  }

  async openMicrophone(): Promise<boolean> {
    const track = await this.#open("microphone", this.#device.openMicrophone);
    if (track === null) return false;
    runInAction(() => {
      this.microphone?.stop();
      this.microphone = track;
      track.enabled = !this.muted;
      this.#endMeter?.();
      this.#endMeter = this.#device.meter(track, (loudness) => runInAction(() => this.#hear(loudness)));
    });
    track.addEventListener("ended", () => this.#ended("microphone", track));
    void this.listDevices();
    return true;
  }

  async openCamera(): Promise<boolean> {
    const track = await this.#open("camera", this.#device.openCamera);
    if (track === null) return false;
    runInAction(() => {
      this.camera?.stop();
      this.camera = track;
    });
    track.addEventListener("ended", () => this.#ended("camera", track));
    void this.listDevices();
    return true;
  }

  closeCamera(): void {
    this.camera?.stop();
    this.camera = null;
    this.cameraProblem = null;
  }

  setMuted(muted: boolean): void {
    this.muted = muted;
    if (this.microphone !== null) this.microphone.enabled = !muted;
  }

  setPaused(paused: boolean): void {
    this.paused = paused;
  }

  /** Used from now on, and the next time. */
  async choose(kind: DeviceKind, id: string): Promise<void> {
    this.choices = { ...this.choices, [kind]: id };
    this.#shelf.write(this.choices);
    if (kind === "microphone" && this.microphone !== null) await this.openMicrophone();
    if (kind === "camera" && this.camera !== null) await this.openCamera();
  }

  /** The next one, as phones do from front to back. */
  async switchCamera(): Promise<void> {
    const cameras = this.of("camera");
    const at = cameras.findIndex(({ id }) => id === this.camera?.getSettings().deviceId);
    const next = cameras[(at + 1) % cameras.length];
    if (next !== undefined) await this.choose("camera", next.id);
  }

  /** False where a person thinks better of it, or the browser does not let them. */
  async shareScreen(): Promise<boolean> {
    try {
      const screen = await this.#device.openScreen();
      runInAction(() => {
        this.stopScreen();
        if (this.#closed) for (const track of screen) track.stop();
        else this.screen = screen;
      });
      // Browsers have a button of their own for it.
      for (const track of screen) {
        if (track.kind === "video") track.addEventListener("ended", () => runInAction(() => this.stopScreen()));
      }
      return true;
    } catch {
      return false;
    }
  }

  stopScreen(): void {
    for (const track of this.screen) track.stop();
    this.screen = [];
  }

  async listDevices(): Promise<void> {
    const devices = await this.#device.list();
    runInAction(() => {
      this.devices = devices;
    });
  }

  close(): void {
    this.#closed = true;
    this.#endWatch();
    this.#endMeter?.();
    this.microphone?.stop();
    this.camera?.stop();
    this.stopScreen();
    this.microphone = null;
    this.camera = null;
    this.loudness = 0;
  }

  #hear(loudness: number): void {
    this.loudness = this.muted ? 0 : loudness;
  }

  async #open(
    kind: "microphone" | "camera",
    open: (deviceId: string | undefined) => Promise<OwnTrack>,
  ): Promise<OwnTrack | null> {
    const tell = (problem: MediaProblem | null) =>
      runInAction(() => {
        if (kind === "microphone") this.microphoneProblem = problem;
        else this.cameraProblem = problem;
      });
    try {
      const track = await open(this.choices[kind]);
      tell(null);
      if (!this.#closed) return track;
      track.stop();
    } catch (error) {
      tell(error instanceof MediaError ? error.problem : "failed");
    }
    return null;
  }

  /** Unplugged: another one takes its place, if there is one. */
  #ended(kind: "microphone" | "camera", track: OwnTrack): void {
    if (this.#closed || this[kind] !== track) return;
    runInAction(() => {
      this[kind] = null;
    });
    void (kind === "microphone" ? this.openMicrophone() : this.openCamera());
  }
}
