// Ends with 0 when the node in this container serves and its store answers. Where the listener has TLS itself, its certificate is for
// clients to judge.
import { get as getHttp } from "node:http";
import { get as getHttps } from "node:https";

/** Below the time that Docker and Kubernetes give. */
const PATIENCE_MS = 4_000;

const { PARLEY_PORT: port = "7780", PARLEY_TLS: tls = "off" } = process.env;
const options = { host: "127.0.0.1", port, path: "/readyz", timeout: PATIENCE_MS, rejectUnauthorized: false };
const request = (tls === "off" ? getHttp : getHttps)(options, ({ statusCode }) => {
  process.exit(statusCode === 200 ? 0 : 1);
});
request.once("timeout", () => process.exit(1));
request.once("error", () => process.exit(1));
