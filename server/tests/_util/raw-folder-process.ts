import { openEnvironment } from "../../src/store/lmdb/environment.ts";

/** Writes everything that lies in a data folder to standard output, as JSON. */
const environment = openEnvironment(process.argv[2] ?? "");
const entries = [environment.heads, environment.entries].flatMap((table) => [...table.getRange({})]);
const values = entries.flatMap(({ key, value }) => [key.toString(), value.toString()]);
process.stdout.write(JSON.stringify(values), () => environment.root.close());
