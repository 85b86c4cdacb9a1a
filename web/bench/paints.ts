/** What a page tells of its paints. */
declare global {
  interface Window {
    /** When something that fits this selector was painted first: milliseconds since the navigation began. */
    firstPaint(selector: string): Promise<number>;
  }
}

/**
 * Runs in a page before any of its scripts. The browser itself says when a text was painted (Element Timing), of elements that
 * are marked; what is waited for is marked as soon as it is in the document, which is before it can be painted.
 */
export function watchPaints(): void {
  window.firstPaint = (selector) =>
    new Promise((resolve) => {
      const mark = () => {
        for (const found of document.querySelectorAll(`${selector}:not([elementtiming])`)) {
          found.setAttribute("elementtiming", selector);
        }
      };
      const marking = new MutationObserver(mark);
      marking.observe(document, { childList: true, subtree: true });
      const paints = new PerformanceObserver((list) => {
        const first = list.getEntries().find((entry) => "identifier" in entry && entry.identifier === selector);
        if (first === undefined) return;
        paints.disconnect();
        marking.disconnect();
        resolve(first.startTime);
      });
      paints.observe({ type: "element", buffered: true });
      mark();
    });
}
