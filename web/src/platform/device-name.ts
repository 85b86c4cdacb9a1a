const BROWSERS: readonly (readonly [name: string, mark: RegExp])[] = [
  ["Edge", /Edg\//],
  ["Opera", /OPR\//],
  ["Firefox", /Firefox\//],
  ["Chrome", /Chrome\//],
  ["Safari", /Safari\//],
];
const SYSTEMS: readonly (readonly [name: string, mark: RegExp])[] = [
  ["Android", /Android/],
  ["iPhone", /iPhone/],
  ["iPad", /iPad/],
  ["Windows", /Windows/],
  ["macOS", /Mac OS X/],
  ["Linux", /Linux/],
];

/** The names of browser and system, for the list of devices; empty where they are not known. */
export function deviceParts(userAgent: string): { browser: string; system: string } {
  const find = (list: typeof BROWSERS) => list.find(([, mark]) => mark.test(userAgent))?.[0] ?? "";
  return { browser: find(BROWSERS), system: find(SYSTEMS) };
}
