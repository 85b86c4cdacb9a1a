import { limits, ReplyError, type TextBody } from "@parley/protocol";

/** Spaces, controls, joiners and fillers show nothing; neither does a mark without a letter. */
const VISIBLE = /[^\p{White_Space}\p{Cc}\p{Cf}\p{Default_Ignorable_Code_Point}\p{M}\u2800]/u;

/** Throws `TEXT_EMPTY`. */
export function checkVisible(text: string): void {
  if (!VISIBLE.test(text)) throw new ReplyError("TEXT_EMPTY");
}

/** Throws `TEXT_EMPTY` or `TEXT_TOO_LONG`. */
export function checkText({ text }: TextBody): void {
  if (Buffer.byteLength(text) > limits.TEXT_MAX_BYTES) throw new ReplyError("TEXT_TOO_LONG");
  checkVisible(text);
}

/** The body as it is stored: known fields alone, in one order, nobody mentioned twice. */
export function storedBody({ text, mentions, mentionAll, replyTo }: TextBody): TextBody {
  const people = [...new Set(mentions)];
  return {
    text,
    ...(people.length === 0 ? {} : { mentions: people }),
    ...(mentionAll === undefined ? {} : { mentionAll }),
    ...(replyTo === undefined ? {} : { replyTo }),
  };
}
