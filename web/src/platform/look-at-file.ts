import { limits } from "@parley/protocol";
import { isHuge } from "../model/file-claims.ts";
import type { FileDevice, Looks } from "../model/file-device.ts";

/** The longer side of a blurred picture. */
const PREVIEW_SIDE = 32;
const QUALITIES = [0.7, 0.5, 0.3] as const;
/** What takes longer is sent as a file. */
const LOOK_WITHIN_MS = 5_000;
/** A file of more bytes is no picture that a browser should decode to find out its size. */
const PICTURE_MAX_BYTES = 100 * 1024 ** 2;
/** Past a black first picture, which many films have. */
const POSTER_AT_S = 0.2;

export const lookAtFile: FileDevice["look"] = async (blob, kind) => {
  try {
    return kind === "image" ? await lookAtPicture(blob) : await lookAtFilm(blob);
  } catch {
    return null;
  }
};

/**
 * An element tells the size that the head of the file says, and decodes only what is drawn: a small file may claim
 * gigabytes of pixels.
 */
async function lookAtPicture(blob: Blob): Promise<Looks | null> {
  if (blob.size > PICTURE_MAX_BYTES) return null;
  const url = URL.createObjectURL(blob);
  const picture = new Image();
  try {
    picture.src = url;
    await within(picture, "load");
    const { naturalWidth: width, naturalHeight: height } = picture;
    return isHuge({ width, height }) ? null : await looksOf(picture, width, height);
  } finally {
    URL.revokeObjectURL(url);
  }
}

async function lookAtFilm(blob: Blob): Promise<Looks | null> {
  const url = URL.createObjectURL(blob);
  const film = document.createElement("video");
  film.muted = true;
  film.preload = "auto";
  try {
    film.src = url;
    await within(film, "loadeddata");
    film.currentTime = Math.min(POSTER_AT_S, Number.isFinite(film.duration) ? film.duration / 2 : 0);
    await within(film, "seeked");
    const looks = await looksOf(film, film.videoWidth, film.videoHeight);
    const durationMs = Math.round(film.duration * 1000);
    const known = Number.isFinite(durationMs) && durationMs <= limits.MEDIA_DURATION_MAX_MS;
    return looks === null || !known ? looks : { ...looks, durationMs };
  } finally {
    film.removeAttribute("src");
    film.load();
    URL.revokeObjectURL(url);
  }
}

function within(element: HTMLVideoElement | HTMLImageElement, event: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(event)), LOOK_WITHIN_MS);
    const once = { once: true };
    element.addEventListener(
      event,
      () => {
        clearTimeout(timer);
        resolve();
      },
      once,
    );
    element.addEventListener(
      "error",
      () => {
        clearTimeout(timer);
        reject(new Error("error"));
      },
      once,
    );
  });
}

/** Null for what has no size, or more than a message may tell. */
async function looksOf(source: CanvasImageSource, width: number, height: number): Promise<Looks | null> {
  const side = Math.max(width, height);
  if (width < 1 || height < 1 || side > limits.IMAGE_SIDE_MAX) return null;
  const canvas = document.createElement("canvas");
  const scale = Math.min(1, PREVIEW_SIDE / side);
  canvas.width = Math.max(1, Math.round(width * scale));
  canvas.height = Math.max(1, Math.round(height * scale));
  const context = canvas.getContext("2d");
  if (context === null) return { width, height };
  context.imageSmoothingQuality = "high";
  context.drawImage(source, 0, 0, canvas.width, canvas.height);
  for (const quality of QUALITIES) {
    const blob = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, "image/webp", quality));
    // A browser that cannot write WebP writes PNG instead.
    if (blob?.type !== "image/webp") break;
    if (blob.size > limits.PREVIEW_MAX_BYTES) continue;
    return { width, height, preview: base64Url(new Uint8Array(await blob.arrayBuffer())) };
  }
  return { width, height };
}

function base64Url(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replace(/=+$/, "");
}
