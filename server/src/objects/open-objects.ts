import { hkdfSync } from "node:crypto";
import { join } from "node:path";
import type { Clock, Random } from "@parley/protocol";
import type { Log } from "../log.ts";
import type { FolderShare } from "./built-in/folder.ts";
import { InProcessAgent } from "./built-in/in-process-agent.ts";
import { OBJECTS_PATH, ObjectService } from "./built-in/service.ts";
import type { CheckedStore } from "./check/checked-store.ts";
import type { Digests } from "./digests/digests.ts";
import { LazyObjects } from "./lazy-objects.ts";
import { probeKey } from "./object-keys.ts";
import type { Objects } from "./objects.ts";
import type { S3Objects, S3Options } from "./s3.ts";
import type { WholeObjects } from "./whole-objects.ts";

export interface ObjectSettings {
  /** Of everything but files; empty: in the folder, too, and nobody shares it. */
  readonly store: string;
  /** Empty: the built-in service. */
  readonly objectsEndpoint: string;
  /** Empty: the same. */
  readonly objectsPublicEndpoint: string;
  readonly objectsBucket: string;
  readonly objectsRegion: string;
  readonly objectsAccessKey: string;
  readonly objectsSecretKey: string;
  /** Bytes of the disk that the built-in service leaves free. */
  readonly objectsReserve: number;
  /** Bytes a second of the built-in service, and of one person there; 0: without a limit. */
  readonly fileRate: number;
  readonly fileRateUser: number;
  /** Whose pages use the store, and how they come. */
  readonly origins: readonly string[];
  readonly tls: "off" | "selfsigned" | "files";
}

export interface OpenObjectsOptions {
  readonly settings: ObjectSettings;
  /** Folder of the node's data. */
  readonly data: string;
  /** Of that folder, when other processes serve it, too. */
  readonly share?: FolderShare | null;
  readonly deploymentSecret: Uint8Array;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

export interface OpenObjects {
  readonly objects: Objects;
  /** Tells what lies in a store that may not vouch for it; null: the store always does. */
  readonly digests: Digests | null;
  /** Answers paths below `OBJECTS_PATH`; null: the store is elsewhere. */
  readonly service: ObjectService | null;
  /** Where browsers have to be allowed to go, besides this server. */
  readonly publicOrigin: string | null;
  /** For the operator. */
  readonly warnings: readonly string[];
  close(): Promise<void>;
}

const FOLDER = "objects";
const ONE_NODE =
  "Files lie in --data of this node, where no other node finds them: nodes that share a store need --objects-endpoint.";
/** Calls of this process to its own service at once. */
const IN_PROCESS_MAX = 32;
/** Between looks at a store that did not answer at the start. */
const PROBE_AGAIN_MS = 15_000;
const UNPROBED = { putOnce: false, md5: null };
/** The longest that a file waits to be read and is read, by the node itself. */
const READ_SECONDS = 24 * 3600;
const PROBE_KEY_BYTES = 12;

export function openObjects(options: OpenObjectsOptions): Promise<OpenObjects> {
  // What the SDK says about later versions of Node and of itself, no operator can act upon: its version is ours to choose.
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= "true";
  return options.settings.objectsEndpoint === "" ? openBuiltIn(options) : openS3(options);
}

/** For a backup: nothing is looked into or tidied up, so a server may be using the same objects. */
export async function openWholeObjects(options: OpenObjectsOptions): Promise<WholeObjects> {
  const { settings, data } = options;
  const [{ wholeObjectsOfFolder, wholeObjectsOfStore }, { S3Objects }] = await Promise.all([
    import("./whole-objects.ts"),
    import("./s3.ts"),
  ]);
  if (settings.objectsEndpoint !== "") {
    const place = { here: false, endpoint: new URL(settings.objectsEndpoint) } as const;
    const { client, bucket } = new S3Objects({ ...s3Options(settings), place, clock: options.clock });
    return wholeObjectsOfStore(client, { bucket, region: settings.objectsRegion });
  }
  return wholeObjectsOfFolder(join(data, FOLDER), async () => {
    const { service, close } = await openBuiltIn(options);
    if (service === null) throw new Error("The built-in service is not here");
    const { objectsBucket: bucket, objectsRegion: region } = settings;
    const account = { accessKey: "parley", secretKey: serviceSecret(options.deploymentSecret), region };
    const endpoint = `http://objects.invalid${OBJECTS_PATH}`;
    const agent = new InProcessAgent(service.inProcess, IN_PROCESS_MAX);
    const { createS3Client } = await import("./s3-client.ts");
    const client = createS3Client({ ...account, endpoint }, { requestHandler: { httpAgent: agent } });
    return { client, bucket, close: () => close().finally(() => agent.destroy()) };
  });
}

async function openBuiltIn(options: OpenObjectsOptions): Promise<OpenObjects> {
  const { settings, data, share = null, deploymentSecret, clock, log } = options;
  const { objectsBucket: bucket, objectsRegion: region } = settings;
  const root = join(data, FOLDER);
  const keys = { accessKey: "parley", secretKey: serviceSecret(deploymentSecret), region };
  const { objectsReserve: reserveBytes, fileRate: rate, fileRateUser: userRate } = settings;
  const service = await ObjectService.open({ root, share, bucket, keys, reserveBytes, rate, userRate, clock, log });
  const what = { description: root, abilities: { putOnce: service.putOnce, md5: true } };
  const hasRoom = (bytes: number) => service.hasRoom(bytes);
  const objects = new LazyObjects({ ...what, hasRoom }, async () => {
    const { S3Objects } = await import("./s3.ts");
    return new S3Objects({
      ...what,
      ...keys,
      bucket,
      // No name that anything listens at: the agent leads to the service.
      endpoint: `http://objects.invalid${OBJECTS_PATH}`,
      place: { here: true, path: OBJECTS_PATH },
      clock,
      agent: new InProcessAgent(service.inProcess, IN_PROCESS_MAX),
    });
  });
  const warnings = settings.store === "" ? [] : [ONE_NODE];
  return { objects, digests: null, service, publicOrigin: null, warnings, close: () => objects.close() };
}

async function openS3({ settings, clock, random, log }: OpenObjectsOptions): Promise<OpenObjects> {
  const [{ S3Objects }, { probe }, { checkObjects }, { Digests }] = await Promise.all([
    import("./s3.ts"),
    import("./probe.ts"),
    import("./check-objects.ts"),
    import("./digests/digests.ts"),
  ]);
  const endpoint = new URL(settings.objectsPublicEndpoint || settings.objectsEndpoint);
  const objects = new S3Objects({ ...s3Options(settings), place: { here: false, endpoint }, clock });
  const digests = new Digests({ sign: (key) => objects.signOwnGet(key, READ_SECONDS) });
  const checked = {
    store: checkedStore(settings),
    origins: settings.origins,
    https: settings.tls !== "off" || settings.origins.some((origin) => origin.startsWith("https:")),
    clock,
    random,
  };
  let closed = false;
  let cancel = () => {};
  /** What can be done there, and what is wrong with it. Until it can be used, no more is taken for granted than every store can do. */
  const look = async (): Promise<{ usable: boolean; warnings: readonly string[] }> => {
    const { usable, warnings } = await checkObjects(checked);
    if (!usable) return { usable, warnings };
    try {
      objects.abilities = await probe(objects, probeKey(Buffer.from(random.bytes(PROBE_KEY_BYTES)).toString("hex")));
    } catch (error) {
      return { usable: false, warnings: [...warnings, (error as Error).message] };
    }
    return { usable, warnings: [...warnings, ...shortcomings(objects)] };
  };
  const lookLater = () => {
    if (!closed) cancel = clock.after(PROBE_AGAIN_MS, () => void lookAgain());
  };
  const lookAgain = async () => {
    const { usable, warnings } = await look();
    if (usable) log.info("the object store can be used", { count: warnings.length });
    else lookLater();
  };
  const { usable, warnings: found } = await look();
  if (!usable) lookLater();
  const warnings = usable ? found : [...found, "Until the object store can be used, no files can be sent or opened."];
  const close = async () => {
    closed = true;
    cancel();
    await digests.close();
    await objects.close();
  };
  return { objects, digests, service: null, publicOrigin: endpoint.origin, warnings, close };
}

export function checkedStore(settings: ObjectSettings): CheckedStore {
  return {
    endpoint: settings.objectsEndpoint,
    publicEndpoint: settings.objectsPublicEndpoint || settings.objectsEndpoint,
    bucket: settings.objectsBucket,
    region: settings.objectsRegion,
    accessKey: settings.objectsAccessKey,
    secretKey: settings.objectsSecretKey,
  };
}

function s3Options(settings: ObjectSettings): Omit<S3Options, "place" | "clock"> {
  return {
    endpoint: settings.objectsEndpoint,
    bucket: settings.objectsBucket,
    region: settings.objectsRegion,
    accessKey: settings.objectsAccessKey,
    secretKey: settings.objectsSecretKey,
    description: `${new URL(settings.objectsEndpoint).origin}/${settings.objectsBucket}`,
    abilities: UNPROBED,
  };
}

function shortcomings({ abilities, description }: S3Objects): string[] {
  const said: string[] = [];
  if (abilities.md5 === false) {
    said.push(
      `The object store ${description} does not tell the MD5 of what it holds: this node reads each file that is uploaded once to compare it, two at a time and at most 64 MiB a second.`,
    );
  }
  if (!abilities.putOnce) {
    said.push(
      `The object store ${description} lets a file be written twice (no If-None-Match): each is copied there before it is checked.`,
    );
  }
  return said;
}

/** The same on every node of a deployment, and of use for nothing else. */
function serviceSecret(deploymentSecret: Uint8Array): string {
  return Buffer.from(hkdfSync("sha256", deploymentSecret, "", "parley object service", 32)).toString("base64url");
}
