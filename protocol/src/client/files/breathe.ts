/**
 * Lets what waits have its turn between two long computations. Not by a timer: hidden tabs get one a second, and a file
 * that is hashed in the background would take hours.
 */
export function breathe(): Promise<void> {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(null);
  });
}
