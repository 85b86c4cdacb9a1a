/**
 * Lets the tabs of one browser hear each other: `BroadcastChannel`, or `storage` events where it is missing. A post
 * reaches every other tab of the same storage, or is lost; never the tab that posted.
 */
export interface TabChannel {
  post(message: unknown): void;
  /** The answer ends it. */
  listen(heard: (message: unknown) => void): () => void;
}
