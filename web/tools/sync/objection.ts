/** A reason why a run measures nothing; a sentence for whoever started it. */
export class Objection extends Error {}

/** Sound that ended this long before the stop was not stopped by it, seconds. */
const SILENT_BEFORE_S = 0.5;

/**
 * Insist that the page still plays what is measured.
 *
 * @param transport name of the provider in use
 * @throws Objection if the page has changed to WebRTC, whose sound does not pass the audio graph
 */
export function insistOnWebSocket(transport: string): void {
  if (transport === 'local') return;
  throw new Objection(
    `The page changed from the WebSocket to “${transport}” in between, because sound ran dry ` +
      `too often: nothing of this run counts. Run it again while this machine has less to do.`,
  );
}

/**
 * Milliseconds from a stop to the last loud sample.
 *
 * @param lastLoudS time of that sample on the clock of the stop, seconds
 * @throws Objection if nothing was to be heard at the stop
 */
export function silenceMs(stoppedS: number, lastLoudS: number): number {
  if (lastLoudS < stoppedS - SILENT_BEFORE_S) {
    throw new Objection('Nothing was to be heard when the avatar was stopped. Run it again.');
  }
  return Math.max(0, (lastLoudS - stoppedS) * 1000);
}
