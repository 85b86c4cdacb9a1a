import { hkdfSync } from "node:crypto";
import { join } from "node:path";
import type { Clock, Random } from "@parley/protocol";
import type { Log } from "../log.ts";
import { InProcessAgent } from "./built-in/in-process-agent.ts";
import { OBJECTS_PATH, ObjectService } from "./built-in/service.ts";
import { LazyObjects } from "./lazy-objects.ts";
import { probeKey } from "./object-keys.ts";
import type { Objects } from "./objects.ts";
import type { S3Objects, S3Options } from "./s3.ts";

export interface ObjectSettings {
  /** Empty: the built-in service. */
  readonly objectsEndpoint: string;
  /** Empty: the same. */
  readonly objectsPublicEndpoint: string;
  readonly objectsBucket: string;
  readonly objectsRegion: string;
  readonly objectsAccessKey: string;
  readonly objectsSecretKey: string;
}

export interface OpenObjectsOptions {
  readonly settings: ObjectSettings;
  /** Folder of the node's data. */
  readonly data: string;
  readonly deploymentSecret: Uint8Array;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

export interface OpenObjects {
  readonly objects: Objects;
  /** Answers paths below `OBJECTS_PATH`; null: the store is elsewhere. */
  readonly service: ObjectService | null;
  /** Where browsers have to be allowed to go, besides this server. */
  readonly publicOrigin: string | null;
  /** For the operator. */
  readonly warnings: readonly string[];
  close(): Promise<void>;
}

const FOLDER = "objects";
/** Calls of this process to its own service at once. */
const IN_PROCESS_MAX = 32;
/** Between looks at a store that did not answer at the start. */
const PROBE_AGAIN_MS = 15_000;
const UNPROBED = { putOnce: false, md5: false };
const PROBE_KEY_BYTES = 12;

export function openObjects(options: OpenObjectsOptions): Promise<OpenObjects> {
  return options.settings.objectsEndpoint === "" ? openBuiltIn(options) : openS3(options);
}

async function openBuiltIn({ settings, data, deploymentSecret, clock, log }: OpenObjectsOptions): Promise<OpenObjects> {
  const { objectsBucket: bucket, objectsRegion: region } = settings;
  const root = join(data, FOLDER);
  const keys = { accessKey: "parley", secretKey: serviceSecret(deploymentSecret), region };
  const service = await ObjectService.open({ root, bucket, keys, clock, log });
  const what = { description: root, abilities: { putOnce: service.putOnce, md5: true } };
  const objects = new LazyObjects(what, async () => {
    const { S3Objects } = await import("./s3.ts");
    return new S3Objects({
      ...what,
      ...keys,
      bucket,
      // No name that anything listens at: the agent leads to the service.
      endpoint: `http://objects.invalid${OBJECTS_PATH}`,
      place: { here: true, path: OBJECTS_PATH },
      agent: new InProcessAgent(service.inProcess, IN_PROCESS_MAX),
    });
  });
  return { objects, service, publicOrigin: null, warnings: [], close: () => objects.close() };
}

async function openS3({ settings, clock, random, log }: OpenObjectsOptions): Promise<OpenObjects> {
  const [{ S3Objects }, { probe }] = await Promise.all([import("./s3.ts"), import("./probe.ts")]);
  const endpoint = new URL(settings.objectsPublicEndpoint || settings.objectsEndpoint);
  const objects = new S3Objects({ ...s3Options(settings), place: { here: false, endpoint } });
  const warnings: string[] = [];
  let closed = false;
  let cancel = () => {};
  const look = async (): Promise<string | null> => {
    try {
      objects.abilities = await probe(objects, probeKey(Buffer.from(random.bytes(PROBE_KEY_BYTES)).toString("hex")));
      return null;
    } catch (error) {
      // Until it answers, no more is taken for granted than every store can do.
      if (!closed) cancel = clock.after(PROBE_AGAIN_MS, () => void lookAgain());
      return (error as Error).message;
    }
  };
  const lookAgain = async () => {
    const why = await look();
    if (why === null) log.info("the object store answers");
  };
  const why = await look();
  if (why !== null) warnings.push(`Files cannot be sent for now. ${why}`);
  else warnings.push(...shortcomings(objects));
  const close = async () => {
    closed = true;
    cancel();
    await objects.close();
  };
  return { objects, service: null, publicOrigin: endpoint.origin, warnings, close };
}

function s3Options(settings: ObjectSettings): Omit<S3Options, "place"> {
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
  return abilities.md5
    ? []
    : [
        `The object store ${description} does not tell the MD5 of what it holds: this server reads every file once to check it.`,
      ];
}

/** The same on every node of a deployment, and of use for nothing else. */
function serviceSecret(deploymentSecret: Uint8Array): string {
  return Buffer.from(hkdfSync("sha256", deploymentSecret, "", "parley object service", 32)).toString("base64url");
}
