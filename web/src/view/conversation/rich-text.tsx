import { toRuns } from "../../model/text-runs.ts";

/** A message's text with its links. Everything becomes text nodes: there is no way from a message to markup. */
export function RichText({ text }: { text: string }) {
  return toRuns(text).map((run, at) =>
    run.kind === "link" ? (
      // biome-ignore lint/suspicious/noArrayIndexKey: the runs of one text never move
      <a key={at} href={run.href} target="_blank" rel="noopener noreferrer nofollow">
        {run.text}
      </a>
    ) : (
      run.text
    ),
  );
}
