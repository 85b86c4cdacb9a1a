/** Of an empty object that is there so that a URL, which puts only where nothing is, puts nothing. Files are never empty. */
export const SHUT_TYPE = "application/x-parley-shut";

export function isShut(size: number, type: string | undefined): boolean {
  return size === 0 && type === SHUT_TYPE;
}
