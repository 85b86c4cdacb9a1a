import { MachineLoad } from "../process/machine-load.ts";
import type { Report } from "../report.ts";
import type { Named } from "../workloads.ts";
import { writePage } from "./page.ts";
import { provenance } from "./provenance.ts";
import { type Provenance, readResults, record, writeResults } from "./recorded.ts";

/** How long the machine is looked at before. */
const LOOK_MS = 3_000;
/** Of all cores. What others do meanwhile would be kept as if it were Parley's. */
const OTHERS_MAX = 0.1;

/** A run whose values are kept. */
export class Recording {
  readonly #about: Omit<Provenance, "others">;
  readonly #load = new MachineLoad();

  private constructor(about: Omit<Provenance, "others">) {
    this.#about = about;
  }

  /** Throws where the values could not be kept: before minutes are spent on them. */
  static async begin(rounds: number): Promise<Recording> {
    readResults();
    const about = provenance(rounds, new Date());
    demandQuiet("is", await MachineLoad.over(LOOK_MS));
    return new Recording(about);
  }

  end(workloads: readonly Named[], report: Report, say: (text: string) => void): void {
    const others = this.#load.others();
    demandQuiet("was meanwhile", others);
    let results = readResults();
    for (const { name } of workloads) {
      const rows = report.rows.filter(({ id }) => id === name);
      const recorded = record(results, name, rows, { ...this.#about, others });
      for (const what of recorded.left) say(`Not kept, it is no number: ${what}`);
      results = recorded.results;
    }
    writeResults(results);
    writePage(results);
    say(`Recorded in docs/benchmarks: ${workloads.map(({ name }) => name).join(", ")}.`);
  }
}

function demandQuiet(verb: string, others: number): void {
  if (others <= OTHERS_MAX) return;
  throw new Error(`The machine ${verb} ${Math.round(100 * others)} % busy with something else. Nothing is recorded.`);
}
