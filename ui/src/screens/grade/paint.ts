/** Runs something after the next paint, when the person already sees it. */
export function afterPaint(run: () => void): void {
  requestAnimationFrame(() => {
    const channel = new MessageChannel();
    channel.port1.onmessage = () => run();
    channel.port2.postMessage(null);
  });
}

export const SUBMIT_TO_PAINT = "submit-to-paint";

/** Measures from the key to the paint; a benchmark reads it by `performance.getEntriesByName`. */
export function measureSubmit(start: number): void {
  afterPaint(() => {
    performance.measure(SUBMIT_TO_PAINT, { start, end: performance.now() });
  });
}
