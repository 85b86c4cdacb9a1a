import { createContext, useContext } from "react";
import { type Block, type Inline, toBlocks } from "../../model/markup.ts";
import { namedRuns } from "../../model/mentions.ts";

/** Names that the text mentions, in lower case. */
const Named = createContext<ReadonlySet<string>>(new Set());

/** The same, with the names in it that the message mentions marked: those alone, whatever else begins with an @. */
export function NamingText({ text, names }: { text: string; names: ReadonlySet<string> }) {
  return (
    <Named value={names}>
      <RichText text={text} />
    </Named>
  );
}

/** A message's text with its links and its Markdown. Everything becomes text nodes: there is no way from a message to markup. */
export function RichText({ text }: { text: string }) {
  const blocks = toBlocks(text);
  const [only] = blocks;
  if (blocks.length === 1 && only?.kind === "paragraph") {
    return (
      <span className="bubble-text" dir="auto">
        <Inlines inside={only.inside} />
      </span>
    );
  }
  return (
    <div className="bubble-text bubble-blocks" dir="auto">
      <Blocks blocks={blocks} />
    </div>
  );
}

function Blocks({ blocks }: { blocks: readonly Block[] }) {
  // biome-ignore lint/suspicious/noArrayIndexKey: the blocks of one text never move
  return blocks.map((block, at) => <OneBlock key={at} block={block} />);
}

function OneBlock({ block }: { block: Block }) {
  switch (block.kind) {
    case "paragraph":
      return (
        <p>
          <Inlines inside={block.inside} />
        </p>
      );
    case "code":
      return (
        <pre tabIndex={0}>
          <code>{block.text}</code>
        </pre>
      );
    case "quote":
      return (
        <blockquote>
          <Blocks blocks={block.blocks} />
        </blockquote>
      );
    case "list": {
      const items = block.items.map((inside, at) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the items of one text never move
        <li key={at}>
          <Inlines inside={inside} />
        </li>
      ));
      return block.start === null ? <ul>{items}</ul> : <ol start={block.start}>{items}</ol>;
    }
  }
}

function Inlines({ inside }: { inside: readonly Inline[] }) {
  // biome-ignore lint/suspicious/noArrayIndexKey: the runs of one text never move
  return inside.map((one, at) => <OneInline key={at} one={one} />);
}

function OneInline({ one }: { one: Inline }) {
  switch (one.kind) {
    case "plain":
      return <Plain text={one.text} />;
    case "code":
      return <code>{one.text}</code>;
    case "link":
      return (
        <a href={one.href} target="_blank" rel="noopener noreferrer nofollow">
          {one.text}
        </a>
      );
    case "strong":
      return (
        <strong>
          <Inlines inside={one.inside} />
        </strong>
      );
    case "emphasis":
      return (
        <em>
          <Inlines inside={one.inside} />
        </em>
      );
    case "strike":
      return (
        <s>
          <Inlines inside={one.inside} />
        </s>
      );
  }
}

function Plain({ text }: { text: string }) {
  const names = useContext(Named);
  if (names.size === 0) return text;
  return namedRuns(text, names).map((run, at) =>
    run.named ? (
      // biome-ignore lint/suspicious/noArrayIndexKey: the runs of one text never move
      <span key={at} className="mention">
        {run.text}
      </span>
    ) : (
      run.text
    ),
  );
}
