import { CLOSE_REASONS, REPLY_ERRORS } from "../src/errors.ts";
import { EVENTS } from "../src/events.ts";
import {
  ChatId,
  ClientId,
  DeviceId,
  FileId,
  ID_PATTERN,
  Pos,
  Seq,
  SeqOrZero,
  TimeMs,
  UserId,
  Version,
} from "../src/ids.ts";
import { BEFORE_SIGN_IN, type Method, REQUESTS } from "../src/requests.ts";
import { ClientInfo, Device, DeviceInfo, Limits, ServerInfo } from "../src/schema/account.ts";
import {
  Call,
  CallBody,
  CallId,
  CallInvited,
  CallParticipant,
  CallStream,
  IceServers,
  ParticipantId,
  Signal,
  StreamId,
} from "../src/schema/call.ts";
import { Chat, Member } from "../src/schema/chat.ts";
import { Md5, Sha256 } from "../src/schema/file.ts";
import { Message, SystemBody, TextBody } from "../src/schema/message.ts";
import { Presence, UserCard } from "../src/schema/people.ts";
import { ChatState, Notice } from "../src/schema/sync.ts";

/** What JSON Schema says of a value, as far as our tables use it. */
interface Schema {
  readonly type?: string;
  readonly const?: unknown;
  readonly anyOf?: readonly Schema[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly patternProperties?: Readonly<Record<string, Schema>>;
  readonly pattern?: string;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly maxProperties?: number;
  readonly minimum?: number;
  readonly maximum?: number;
}

const SCALARS = {
  UserId,
  ChatId,
  DeviceId,
  FileId,
  ClientId,
  Pos,
  Seq,
  "Seq or 0": SeqOrZero,
  Version,
  time: TimeMs,
  "SHA-256": Sha256,
  MD5: Md5,
  CallId,
  ParticipantId,
  StreamId,
} as Record<string, Schema>;
const SHAPES = {
  ClientInfo,
  DeviceInfo,
  Limits,
  ServerInfo,
  Device,
  UserCard,
  Presence,
  Chat,
  Member,
  TextBody,
  SystemBody,
  Message,
  Notice,
  ChatState,
  Call,
  CallInvited,
  CallParticipant,
  CallStream,
  CallBody,
  IceServers,
  Signal,
} as unknown as Record<string, Schema>;

/** By content: a schema that was made optional is another object. */
const names = new Map(
  Object.entries({ ...SCALARS, ...SHAPES }).map(([name, schema]) => [JSON.stringify(schema), name]),
);

/** The tables of SPEC.md, by the name of their place in it. */
export const specTables: Readonly<Record<string, string>> = {
  methods: table(
    ["method", "params", "result"],
    Object.entries(REQUESTS).map(([method, { params, result }]) => [
      `\`${method}\`${BEFORE_SIGN_IN.has(method as Method) ? " *" : ""}`,
      fields(params as Schema),
      fields(result as Schema),
    ]),
  ),
  events: table(
    ["event", "params"],
    Object.entries(EVENTS).map(([event, schema]) => [`\`${event}\``, fields(schema as Schema)]),
  ),
  shapes: table(
    ["shape", "fields"],
    Object.entries(SHAPES).map(([name, schema]) => [`\`${name}\``, fields(schema)]),
  ),
  errors: table(
    ["name", "code", "retry", "meaning"],
    Object.entries(REPLY_ERRORS).map(([name, [code, retry, hint]]) => [
      `\`${name}\``,
      `${code}`,
      retry ? "yes" : "no",
      hint,
    ]),
  ),
  closes: table(
    ["code", "name", "reconnect by itself"],
    Object.entries(CLOSE_REASONS).map(([name, [code, reconnect]]) => [
      `${code}`,
      `\`${name}\``,
      reconnect ? "yes" : "no",
    ]),
  ),
};

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}

/** The fields of an object, or the alternatives of a union of objects. */
function fields(schema: Schema): string {
  if (schema.anyOf) return schema.anyOf.map((each) => fields(each)).join("<br>or ");
  const entries = Object.entries(schema.properties ?? {});
  if (entries.length === 0) return "nothing";
  return entries
    .map(([name, each]) => `\`${name}\`${schema.required?.includes(name) ? "" : "?"} ${describe(each, name)}`)
    .join(", ");
}

function describe(schema: Schema, field: string): string {
  // Shapes that say no more than others of their length do; their field tells them apart.
  if (field === "epoch") return "Epoch";
  if (field === "token") return "Token";
  const name = names.get(JSON.stringify(schema));
  if (name) return name;
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.anyOf) return schema.anyOf.map((each) => describe(each, field)).join(" or ");
  switch (schema.type) {
    case "string":
      return text(schema);
    case "integer":
      return `integer${range(schema.minimum, schema.maximum)}`;
    case "array":
      return `[${describe(schema.items ?? {}, field)}]${range(schema.minItems, schema.maxItems)}`;
    case "object":
      return object(schema, field);
    default:
      return schema.type ?? "anything";
  }
}

function text({ pattern, minLength, maxLength }: Schema): string {
  if (pattern !== "^[A-Za-z0-9_-]*$") return `text${range(minLength, maxLength)}`;
  const bytes = (chars = 0) => Math.floor((chars * 3) / 4);
  return minLength === maxLength ? `${bytes(minLength)} bytes` : `${bytes(minLength)} to ${bytes(maxLength)} bytes`;
}

function object(schema: Schema, field: string): string {
  const [entry] = Object.entries(schema.patternProperties ?? {});
  if (entry) {
    const [keys, value] = entry;
    const key = keys === ID_PATTERN ? "ChatId" : "name";
    return `{${key}: ${describe(value, field)}}${range(undefined, schema.maxProperties)}`;
  }
  return `{${fields(schema)}}`;
}

function range(least: number | undefined, most: number | undefined): string {
  if (least === undefined && most === undefined) return "";
  if (most === undefined) return ` (from ${least})`;
  return least === undefined || least === 0 ? ` (to ${most})` : ` (${least} to ${most})`;
}

/** Puts every table into its place, between `<!-- name -->` and `<!-- end -->`. */
export function fillIn(spec: string): string {
  return spec.replaceAll(/<!-- (\w+) -->\n[\s\S]*?<!-- end -->/g, (place, name: string) => {
    const rendered = specTables[name];
    return rendered ? `<!-- ${name} -->\n${rendered}\n<!-- end -->` : place;
  });
}
