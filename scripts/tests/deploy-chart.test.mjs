import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { parseAllDocuments } from "yaml";
import { chartFingerprint, lintChart, RENDERED, renderChart, valueSets } from "../steps/chart.mjs";
import { run } from "../steps/run.mjs";

/** Debian has no Helm: what it made is kept, and this test sees to it that it is of the chart as it is. */
const HELM = await run("helm", ["version"], {}).then(
  ({ ok }) => ok,
  () => false,
);

const textOf = (set) => readFileSync(join(RENDERED, `${set}.yaml`), "utf8");

/** Objects of a rendering by kind; Services by name, since there may be two. */
function objectsOf(set) {
  const documents = parseAllDocuments(textOf(set), { uniqueKeys: true });
  const objects = documents.map((document) => {
    assert.deepEqual(document.errors, []);
    return document.toJS();
  });
  return Object.fromEntries(
    objects
      .filter(Boolean)
      .map((object) => [object.kind === "Service" ? `Service ${object.metadata.name}` : object.kind, object]),
  );
}

const environmentOf = ({ Deployment }) =>
  Object.fromEntries(Deployment.spec.template.spec.containers[0].env.map(({ name, value }) => [name, value]));

test("[NODE-11] the chart is rendered for three sets of values, and as it is now", async () => {
  const sets = valueSets();
  assert.deepEqual(sets, ["full", "minimal", "own-gateway"]);
  for (const set of sets) {
    const [, of] = /^# Made by .*; chart ([0-9a-f]{64})\n/.exec(textOf(set)) ?? [];
    assert.equal(
      of,
      chartFingerprint(set),
      `The chart has changed: node scripts/render-chart.mjs, with Helm on the PATH`,
    );
    if (!HELM) continue;
    await lintChart(set);
    assert.ok(textOf(set).endsWith(`\n${await renderChart(set)}\n`), set);
  }
});

for (const set of valueSets()) {
  test(`[NODE-11] ${set}: pods without rights that are looked after, found by what serves and guards them`, () => {
    const objects = objectsOf(set);
    const { spec } = objects.Deployment.spec.template;
    const { labels } = objects.Deployment.spec.template.metadata;
    const [container] = spec.containers;
    assert.equal(spec.securityContext.runAsNonRoot, true);
    assert.equal(spec.automountServiceAccountToken, false);
    assert.deepEqual(container.securityContext, {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ["ALL"] },
    });
    for (const [probe, path] of [
      ["startupProbe", "/healthz"],
      ["livenessProbe", "/healthz"],
      ["readinessProbe", "/readyz"],
    ]) {
      assert.deepEqual(container[probe].httpGet, { path, port: "http" }, probe);
    }
    const mounted = container.volumeMounts.map(({ name }) => name);
    assert.deepEqual(
      mounted,
      spec.volumes.map(({ name }) => name),
    );
    const finds = (selector, of) => Object.entries(selector).every(([name, value]) => of[name] === value);
    assert.ok(finds(objects.Deployment.spec.selector.matchLabels, labels));
    assert.ok(finds(objects.PodDisruptionBudget.spec.selector.matchLabels, labels));
    assert.ok(finds(objects["Service chat-parley"].spec.selector, labels));
    const { PARLEY_DATA, PARLEY_HOST, PARLEY_TRUSTED_PROXIES } = environmentOf(objects);
    assert.deepEqual([PARLEY_DATA, PARLEY_HOST], ["/data", "0.0.0.0"]);
    assert.notEqual(PARLEY_TRUSTED_PROXIES, "");
    // Time to send everybody to the others, and to say goodbye.
    const { PARLEY_DRAIN = "8" } = environmentOf(objects);
    assert.ok(spec.terminationGracePeriodSeconds >= Number(PARLEY_DRAIN) + 30);
  });
}

test("[NODE-11] minimal: a Secret of its own, two pods, bodies and sockets pass the ingress", () => {
  const { Deployment, Secret, Ingress, HorizontalPodAutoscaler } = objectsOf("minimal");
  assert.equal(Deployment.spec.replicas, 2);
  assert.equal(Deployment.spec.template.spec.containers[0].envFrom[0].secretRef.name, Secret.metadata.name);
  assert.equal(HorizontalPodAutoscaler, undefined);
  const { annotations } = Ingress.metadata;
  assert.equal(annotations["nginx.ingress.kubernetes.io/proxy-body-size"], "0");
  assert.ok(Number(annotations["nginx.ingress.kubernetes.io/proxy-read-timeout"]) > 60);
});

test("[NODE-11] full: scaled by connections, numbers for Prometheus and for nobody outside", () => {
  const objects = objectsOf("full");
  const { Deployment, HorizontalPodAutoscaler, Ingress, ServiceMonitor, Secret } = objects;
  assert.equal(Secret, undefined);
  assert.equal(Deployment.spec.replicas, undefined);
  const [byConnections] = HorizontalPodAutoscaler.spec.metrics;
  assert.equal(byConnections.pods.metric.name, "parley_connections");
  assert.equal(HorizontalPodAutoscaler.spec.scaleTargetRef.name, Deployment.metadata.name);
  const [metrics, all] = Ingress.spec.rules[0].http.paths;
  assert.deepEqual([metrics.path, metrics.pathType, all.path], ["/metrics", "Exact", "/"]);
  assert.equal(objects[`Service ${metrics.backend.service.name}`].spec.selector, undefined);
  assert.equal(ServiceMonitor.spec.endpoints[0].path, "/metrics");
  assert.equal(environmentOf(objects).PARLEY_METRICS, "on");
});

test("[NODE-11] own gateway: no ingress, and nobody gets numbers", () => {
  const objects = objectsOf("own-gateway");
  assert.equal(objects.Ingress, undefined);
  assert.equal(environmentOf(objects).PARLEY_METRICS, "off");
  assert.equal(objects.Deployment.spec.replicas, 3);
});

test("[NODE-11] the chart sets only what the server knows", async () => {
  const { parseCommandLine } = await import("../../server/dist/src/config.js");
  for (const set of valueSets()) {
    const objects = objectsOf(set);
    const secrets = objects.Secret?.stringData ?? { PARLEY_OBJECTS_ACCESS_KEY: "a", PARLEY_OBJECTS_SECRET_KEY: "b" };
    const environment = { PARLEY_STORE: "redis://a:1/0", ...environmentOf(objects), ...secrets };
    assert.equal(parseCommandLine([], environment).command, "run", set);
    const help = (await import("../../server/dist/src/config.js")).helpText();
    for (const name of Object.keys(environment)) {
      const flag = `--${name.replace("PARLEY_", "").toLowerCase().replaceAll("_", "-")} `;
      assert.ok(name === "PARLEY_SECRET" || help.includes(flag), name);
    }
  }
});

if (HELM) {
  for (const [settings, words] of [
    [["replica=3"], /replica/],
    [["settings.PARLEY_STORE=x"], /PARLEY_STORE/],
    [["ingress.host="], /ingress\.host/],
    [["trustedProxies=null"], /trustedProxies/],
    [["objects.endpoint="], /objects\.endpoint/],
    [["secrets.existing=a"], /secrets\.existing and secrets\.values/],
    [["turn={turn:a:1}"], /PARLEY_TURN_SECRET/],
    [["settings.PARLEY_DRAIN=40"], /terminationGracePeriodSeconds .* 40 seconds of settings\.PARLEY_DRAIN/],
    [["settings.PARLEY_PUBLIC_URL=https://a"], /PARLEY_PUBLIC_URL/],
    [["metrics.serviceMonitor=true"], /metrics\.serviceMonitor/],
    [["autoscaling.enabled=true", "autoscaling.max=1"], /autoscaling\.max/],
  ]) {
    test(`[NODE-11] the chart refuses, by the key's name: ${settings.join(" ")}`, () =>
      assert.rejects(renderChart("minimal", settings), words));
  }
}
