import { after } from "node:test";
import { describeFileFlow } from "./_util/file-flow.ts";
import { type Rgw, startRgw } from "./_util/rgw.ts";

let rgw: Rgw | null = null;
after(() => rgw?.stop());

describeFileFlow("Ceph's object gateway", async () => {
  rgw = await startRgw();
  const { url, accessKey, secretKey } = rgw;
  const settings = { objectsEndpoint: url, objectsAccessKey: accessKey, objectsSecretKey: secretKey };
  return { settings, origin: url };
});
