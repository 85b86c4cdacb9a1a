import { type ComponentType, useEffect, useState } from "react";

/** A part of the page whose code comes by itself. */
export type LaterPart<Props> = ComponentType<Props> & {
  /** Before it is shown. */
  readonly fetch: () => Promise<void>;
};

/**
 * Nothing is shown until the code is there, and a part whose code is there is shown at once. React's `lazy` would let people
 * wait for 300 ms: so long Suspense holds back what comes after it has once shown that something is missing.
 */
export function laterPart<Props extends object>(find: () => Promise<ComponentType<Props>>): LaterPart<Props> {
  const code = new Code(find);
  return Object.assign((props: Props) => <Shown code={code} props={props} />, { fetch: () => code.fetch() });
}

class Code<Props extends object> {
  Part: ComponentType<Props> | null = null;
  readonly #find: () => Promise<ComponentType<Props>>;
  #fetching: Promise<void> | null = null;

  constructor(find: () => Promise<ComponentType<Props>>) {
    this.#find = find;
  }

  fetch(): Promise<void> {
    this.#fetching ??= this.#find().then(
      (Part) => {
        this.Part = Part;
      },
      (error: unknown) => {
        // The next one who wants to see it tries again.
        this.#fetching = null;
        throw error;
      },
    );
    return this.#fetching;
  }
}

function Shown<Props extends object>({ code, props }: { code: Code<Props>; props: Props }) {
  const [, setHere] = useState(code.Part !== null);
  useEffect(() => {
    code.fetch().then(
      () => setHere(true),
      () => {},
    );
  }, [code]);
  const { Part } = code;
  return Part === null ? null : <Part {...props} />;
}
