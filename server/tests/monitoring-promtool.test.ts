import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { FAMILIES, metricsText } from "../src/metrics.ts";
import { removeTemporaryFolders, temporaryFolder } from "./_util/folder.ts";

const run = promisify(execFile);
const ALERTS = fileURLToPath(new URL("../../../deploy/monitoring/alerts.yml", import.meta.url));
const DASHBOARD = fileURLToPath(new URL("../../../deploy/monitoring/grafana-dashboard.json", import.meta.url));

/** What Prometheus makes itself. */
const OF_PROMETHEUS = ["up"];
/** Words of its language that look like names of metrics here: none has an underscore but these. */
const FUNCTIONS = ["histogram_quantile"];

interface Dashboard {
  readonly panels: readonly { readonly type: string; readonly targets?: readonly { readonly expr: string }[] }[];
  readonly templating: { readonly list: readonly { readonly definition?: string }[] };
}

let folder: string;
let queries: readonly string[];
before(async () => {
  folder = await temporaryFolder();
  const dashboard = JSON.parse(await readFile(DASHBOARD, "utf8")) as Dashboard;
  queries = dashboard.panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr));
  assert.ok(queries.length > 20);
});
after(removeTemporaryFolders);

/** promtool, or what it said. JSON is YAML. */
async function promtool(args: readonly string[], file: object): Promise<string> {
  const path = join(folder, `${args.join("-")}.json`);
  await writeFile(path, JSON.stringify(file));
  const { stdout } = await run("promtool", [...args, path], { maxBuffer: 1 << 24 }).catch((error) => {
    throw new Error(`${(error as { stdout: string }).stdout}\n${(error as { stderr: string }).stderr}`);
  });
  return stdout;
}

/** Names of metrics in a query: identifiers with an underscore that are neither functions nor in braces or quotes. */
function metricsIn(query: string): string[] {
  const bare = query.replace(/\{[^}]*\}/g, "").replace(/\b(by|on|without) \([^)]*\)/g, "");
  return [...bare.matchAll(/\b(up|[a-z]+_[a-z0-9_]+)\b/g)]
    .map(([name]) => name)
    .filter((name) => !FUNCTIONS.includes(name));
}

async function known(): Promise<Set<string>> {
  const names = new Set(OF_PROMETHEUS);
  for (const [, name = "", kind] of (await metricsText()).matchAll(/^# TYPE (\S+) (\S+)$/gm)) {
    if (kind === "histogram") for (const part of ["bucket", "sum", "count"]) names.add(`${name}_${part}`);
    else names.add(name);
  }
  return names;
}

/** Series with their values minute by minute, as promtool writes them: what an alert is for, and what it must not mind. */
interface Case {
  readonly alert: string;
  readonly fires: Readonly<Record<string, string>>;
  readonly silent: Readonly<Record<string, string>>;
}

const AT = 'job="parley",instance="a:7780"';
/** Five in a hundred take longer than so many seconds; or one in a thousand. */
const slow = (metric: string, le: string, more = "") => ({
  [`${metric}_bucket{${AT}${more},le="${le}"}`]: "0+95x120",
  [`${metric}_bucket{${AT}${more},le="5"}`]: "0+100x120",
  [`${metric}_bucket{${AT}${more},le="+Inf"}`]: "0+100x120",
});
const fast = (metric: string, le: string, more = "") => ({
  [`${metric}_bucket{${AT}${more},le="${le}"}`]: "0+1000x120",
  [`${metric}_bucket{${AT}${more},le="5"}`]: "0+1001x120",
  [`${metric}_bucket{${AT}${more},le="+Inf"}`]: "0+1001x120",
});
const failures = (why: string, values: string) => ({ [`parley_store_failures_total{${AT},why="${why}"}`]: values });
const requests = (outcome: string, values: string) => ({
  [`parley_requests_total{${AT},outcome="${outcome}"}`]: values,
});
const uploads = (failed: string, completed: string) => ({
  [`parley_file_uploads_failed_total{${AT},reason="hash"}`]: failed,
  [`parley_file_uploads_completed_total{${AT}}`]: completed,
});
const one = (metric: string, values: string, more = "") => ({ [`${metric}{${AT}${more}}`]: values });

const CASES: readonly Case[] = [
  { alert: "ParleyNodeDown", fires: one("up", "0x120"), silent: one("up", "1x120") },
  {
    alert: "ParleyDown",
    fires: one("up", "0x120"),
    silent: { ...one("up", "0x120"), 'up{job="parley",instance="b:7780"}': "1x120" },
  },
  {
    alert: "ParleyRestarts",
    fires: one("process_start_time_seconds", "100+100x120"),
    silent: one("process_start_time_seconds", "100x120"),
  },
  { alert: "ParleyStoreAway", fires: failures("unavailable", "0+5x120"), silent: failures("unavailable", "7x120") },
  { alert: "ParleyStoreRefuses", fires: failures("refused", "0+1x120"), silent: failures("unavailable", "0+1x120") },
  {
    alert: "ParleyStoreSlow",
    fires: slow("parley_store_seconds", "0.25"),
    silent: fast("parley_store_seconds", "0.25"),
  },
  {
    alert: "ParleySendsSlow",
    fires: slow("parley_request_seconds", "1", ',method="message.send"'),
    silent: slow("parley_request_seconds", "1", ',method="other"'),
  },
  {
    alert: "ParleyRequestsFail",
    fires: { ...requests("ok", "0+90x120"), ...requests("INTERNAL", "0+5x120") },
    silent: { ...requests("ok", "0+90x120"), ...requests("FORBIDDEN", "0+50x120") },
  },
  {
    alert: "ParleyBusy",
    fires: one("nodejs_eventloop_lag_p99_seconds", "0.4x120"),
    silent: one("nodejs_eventloop_lag_p99_seconds", "0.02x120"),
  },
  {
    alert: "ParleyPagesWait",
    fires: one("parley_pool_jobs_pending", "900x120"),
    silent: one("parley_pool_jobs_pending", "90x120"),
  },
  { alert: "ParleyBusSlow", fires: slow("parley_bus_seconds", "0.25"), silent: fast("parley_bus_seconds", "0.25") },
  {
    alert: "ParleyBusLoses",
    fires: one("parley_bus_holes_total", "0+1x120"),
    silent: one("parley_bus_holes_total", "3x120"),
  },
  {
    alert: "ParleyNoLeader",
    fires: { ...one("up", "1x120"), ...one("parley_leader_runs_total", "5x120", ',task="intents"') },
    silent: { ...one("up", "1x120"), ...one("parley_leader_runs_total", "0+3x120", ',task="intents"') },
  },
  { alert: "ParleyUploadsFail", fires: uploads("0+3x120", "0+1x120"), silent: uploads("0+3x120", "0+30x120") },
  {
    alert: "ParleyMailLost",
    fires: one("parley_mails_total", "0+1x120", ',outcome="lost"'),
    silent: one("parley_mails_total", "0+1x120", ',outcome="later"'),
  },
  {
    alert: "ParleyFilesOpen",
    fires: { ...one("process_open_fds", "900x120"), ...one("process_max_fds", "1000x120") },
    silent: { ...one("process_open_fds", "90x120"), ...one("process_max_fds", "1000x120") },
  },
];

describe("[NODE-9] what comes for Prometheus and Grafana", () => {
  test("every metric in the dashboard and in the alert rules exists, and every one of ours is in the dashboard", async () => {
    const names = await known();
    const rules = await readFile(ALERTS, "utf8");
    const expressions = [...rules.matchAll(/^ {8}expr: (?:\|\n((?: {10}.*\n)+)|([^|].*$))/gm)].map(
      ([, block, line]) => block ?? line ?? "",
    );
    assert.equal(expressions.length, CASES.length);
    for (const query of [...queries, ...expressions]) {
      const used = metricsIn(query);
      assert.ok(used.length > 0, query);
      for (const name of used) assert.ok(names.has(name), `${name} in ${query}`);
    }
    const shown = new Set(queries.flatMap(metricsIn).map((name) => name.replace(/_bucket$/, "")));
    assert.deepEqual(
      FAMILIES.filter(({ name }) => !shown.has(name)).map(({ name }) => name),
      [],
    );
  });

  test("Prometheus understands each query of the dashboard, and the rules", async () => {
    const rules = queries.map((query, at) => ({
      record: `panel:${at}`,
      expr: query.replaceAll("$__rate_interval", "5m").replaceAll("$job", "parley").replaceAll("$instance", ".*"),
    }));
    assert.match(await promtool(["check", "rules"], { groups: [{ name: "dashboard", rules }] }), /SUCCESS/);
    const { stdout } = await run("promtool", ["check", "rules", ALERTS]);
    assert.match(stdout, new RegExp(`SUCCESS: ${CASES.length} rules found`));
  });

  test("each alert fires on what it is for, and on nothing else", async () => {
    const tests = CASES.flatMap(({ alert, fires, silent }) =>
      [fires, silent].map((series) => ({
        interval: "1m",
        input_series: Object.entries(series).map(([name, values]) => ({ series: name, values })),
        promql_expr_test: [
          {
            expr: `count(ALERTS{alertname="${alert}",alertstate="firing"})`,
            eval_time: "25m",
            exp_samples: series === fires ? [{ labels: "{}", value: 1 }] : [],
          },
        ],
      })),
    );
    const file = { rule_files: [ALERTS], evaluation_interval: "1m", tests };
    assert.match(await promtool(["test", "rules"], file), /SUCCESS/);
  });
});
