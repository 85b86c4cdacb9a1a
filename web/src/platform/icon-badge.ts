const SIZE = 64;
const COUNT_MAX = 99;

/** Draws the page's icon with a count on it; the plain one for none. */
export class IconBadge {
  readonly #link: HTMLLinkElement | null;
  readonly #plain: string;
  #icon: Promise<HTMLImageElement> | null = null;
  #count = 0;

  constructor() {
    this.#link = document.querySelector<HTMLLinkElement>("link[rel=icon]");
    this.#plain = this.#link?.href ?? "";
  }

  async show(count: number): Promise<void> {
    const link = this.#link;
    if (link === null || count === this.#count) return;
    this.#count = count;
    if (count === 0) return put(link, "image/svg+xml", this.#plain);
    this.#icon ??= load(this.#plain);
    const icon = await this.#icon.catch(() => null);
    // Another count came while the icon was loaded.
    if (count !== this.#count) return;
    const drawn = draw(icon, count);
    if (drawn !== null) put(link, "image/png", drawn);
  }
}

/** A canvas that cannot be read (some browsers forbid it, against fingerprints) leaves the icon as it is. */
function draw(icon: HTMLImageElement | null, count: number): string | null {
  const canvas = document.createElement("canvas");
  canvas.width = SIZE;
  canvas.height = SIZE;
  const pen = canvas.getContext("2d");
  if (pen === null) return null;
  if (icon !== null) pen.drawImage(icon, 0, 0, SIZE, SIZE);
  const text = count > COUNT_MAX ? `${COUNT_MAX}+` : String(count);
  const radius = 19;
  const width = Math.max(radius * 2, text.length * 16 + 14);
  pen.fillStyle = "#d92d3f";
  pen.beginPath();
  pen.roundRect(SIZE - width, SIZE - radius * 2, width, radius * 2, radius);
  pen.fill();
  pen.fillStyle = "#ffffff";
  pen.font = "bold 30px system-ui, sans-serif";
  pen.textAlign = "center";
  pen.textBaseline = "middle";
  pen.fillText(text, SIZE - width / 2, SIZE - radius + 2);
  try {
    return canvas.toDataURL("image/png");
  } catch {
    return null;
  }
}

function put(link: HTMLLinkElement, type: string, href: string): void {
  link.type = type;
  link.href = href;
}

function load(url: string): Promise<HTMLImageElement> {
  return new Promise((resolve, reject) => {
    const image = new Image(SIZE, SIZE);
    image.onload = () => resolve(image);
    image.onerror = () => reject(new Error("no icon"));
    image.src = url;
  });
}
