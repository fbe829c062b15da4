import { FIXTURE, PITCH_PER_MS } from '../server/channelServer.ts';
import type { Recording } from './probe.ts';

/** Distance of the fixture's clicks. */
export const CLICK_MS = 250;

/**
 * Distances between the media time drawn, which the gaze tells, and the one heard, which the clicks tell; ms.
 *
 * Only between two clicks that are as far apart as in the recording: elsewhere sound was left out or missing,
 * and counting from a click says nothing.
 */
export function skews({ drawn, onsetsS }: Recording): number[] {
  const found: number[] = [];
  for (const { audibleS, gazePitchRad } of drawn) {
    const click = onsetsS.findLastIndex((onset) => onset <= audibleS);
    const since = onsetsS[click];
    const until = onsetsS[click + 1];
    const drawnMs = (gazePitchRad * 1e4) / PITCH_PER_MS;
    // The gaze tells the time only after the transition into speech.
    if (since === undefined || until === undefined || drawnMs < 600) continue;
    if (Math.abs((until - since) * 1000 - CLICK_MS) > 3) continue;
    const offClickMs = drawnMs - (FIXTURE.clicks_ms[0] as number) - (audibleS - since) * 1000;
    found.push(offClickMs - CLICK_MS * Math.round(offClickMs / CLICK_MS));
  }
  return found;
}

/** A percentile of magnitudes. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = values.map(Math.abs).sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? NaN;
}
