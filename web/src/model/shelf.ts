/** One JSON value that outlives the page. A shelf that fails (private window, full disk) forgets instead of throwing. */
export interface Shelf<T> {
  read(): Promise<T | undefined>;
  write(value: T): Promise<void>;
}

/** The same for the few values that must be known before the first paint. */
export interface QuickShelf<T> {
  read(): T | undefined;
  write(value: T): void;
}
