import type { PcmChunk } from './pcmBuffer.ts';

/** To the audio thread. */
export type PlayoutCommand =
  | { readonly type: 'chunk'; readonly chunk: PcmChunk }
  | { readonly type: 'clear' }
  | { readonly type: 'port'; readonly port: MessagePort };

/** From the audio thread. */
export type PlayoutReport =
  | {
      readonly type: 'anchor';
      /** The device's count of the first sample that this is true for. */
      readonly frame: number;
      readonly turn: number;
      readonly ptsUs: number;
      readonly playing: boolean;
    }
  | {
      readonly type: 'level';
      readonly depthS: number;
      readonly underruns: number;
      readonly cutSamples: number;
      readonly skippedSamples: number;
    };

/** Name under which the worklet registers. */
export const PLAYOUT_PROCESSOR = 'avamotion-playout';

/** Limits that the worklet is made with. */
export interface PlayoutOptions {
  readonly targetS: number;
  readonly maxDelayS: number;
}
