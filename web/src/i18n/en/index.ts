import { account } from "./account.ts";
import { calls } from "./calls.ts";
import { chats } from "./chats.ts";
import { connection } from "./connection.ts";
import { content } from "./content.ts";
import { conversation } from "./conversation.ts";
import { errors } from "./errors.ts";
import { files } from "./files.ts";
import { groups } from "./groups.ts";
import { help } from "./help.ts";
import { people } from "./people.ts";
import { start } from "./start.ts";

/** Every word of the app, in English, one file an area. A language is one more folder like this; plurals end in `_one` and `_other`. */
export const en = {
  ...start,
  ...account,
  ...calls,
  ...chats,
  ...conversation,
  ...content,
  ...files,
  ...people,
  ...groups,
  ...connection,
  ...help,
  ...errors,
} as const;

export const areas = [
  account,
  calls,
  chats,
  connection,
  content,
  conversation,
  errors,
  files,
  groups,
  help,
  people,
  start,
];
