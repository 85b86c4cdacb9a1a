import { quickShelf } from "./shelves.ts";
import { openTable } from "./tables.ts";

const known = quickShelf<true>("parley-can-store");

/** Some private windows have IndexedDB but let nobody write. Where it has been written once it is not tried again. */
export async function canStore(): Promise<boolean> {
  if (known.read() === true) return true;
  try {
    const probe = openTable("probe");
    await probe.setItem("probe", 1);
    if ((await probe.getItem("probe")) !== 1) return false;
    known.write(true);
    return true;
  } catch {
    return false;
  }
}
