import type { DrawAvatar } from "../model/account.ts";

/** What is tried in turn until it fits: large and fine first. */
const SIDES = [512, 384, 256, 128] as const;
const QUALITIES = [0.92, 0.85, 0.75, 0.6, 0.45] as const;

/** Draws a part of a picture as WebP of at most so many bytes, in base64url. Throws where the browser cannot. */
export const drawAvatar: DrawAvatar = async (url, area, bytesMax) => {
  const image = new Image();
  image.src = url;
  await image.decode();
  for (const side of SIDES) {
    const canvas = document.createElement("canvas");
    canvas.width = side;
    canvas.height = side;
    const context = canvas.getContext("2d");
    if (context === null) break;
    context.imageSmoothingQuality = "high";
    // Transparent pictures would be black in some places and white in others.
    context.fillStyle = "#fff";
    context.fillRect(0, 0, side, side);
    context.drawImage(image, area.x, area.y, area.width, area.height, 0, 0, side, side);
    for (const quality of QUALITIES) {
      const blob = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, "image/webp", quality));
      // A browser that cannot write WebP writes PNG instead.
      if (blob?.type !== "image/webp") throw new Error("This browser writes no WebP.");
      if (blob.size <= bytesMax) return base64Url(new Uint8Array(await blob.arrayBuffer()));
    }
  }
  throw new Error("The picture could not be made small enough.");
};

function base64Url(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return btoa(text).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}
