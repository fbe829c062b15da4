import type { AvatarPlayer, AvatarPlayerStats, HostedProvider } from '@avamotion/client';
import type { AvatarView } from '@avamotion/renderer';

/** What `window.avamotion.stats()` returns. */
export interface DemoFigures extends Omit<AvatarPlayerStats, 'skew'> {
  /** Media time drawn against media time heard, absolute. */
  readonly skewMs:
    { readonly p50: number; readonly p95: number; readonly count: number } | undefined;
  /** Pictures per second. */
  readonly fps: number;
  /** Pictures drawn since the page was opened. */
  readonly framesDrawn: number;
  /** From the start of the page to the face on the screen. */
  readonly connectToFaceMs: number | undefined;
}

declare global {
  interface Window {
    avamotion: {
      stats(): DemoFigures;
      readonly player: AvatarPlayer | undefined;
      readonly view: AvatarView | undefined;
      readonly provider: HostedProvider;
    };
  }
}

const EMPTY: AvatarPlayerStats = {
  connectionState: 'disconnected',
  conversationState: 'idle',
  audioAllowed: false,
  skew: undefined,
  bufferMs: 0,
  audioLevel: 0,
  underruns: 0,
  caughtUpMs: 0,
  framesReceived: 0,
  framesRendered: 0,
  dropped: {},
  weights: {},
  shownMs: undefined,
  epoch: 0,
  turn: 0,
  firstFrameMs: undefined,
};

/** Gathers the figures of player and view. */
export class DemoStats {
  readonly #player: () => AvatarPlayer | undefined;
  readonly #view: () => AvatarView | undefined;
  #faceMs: number | undefined;

  constructor(player: () => AvatarPlayer | undefined, view: () => AvatarView | undefined) {
    this.#player = player;
    this.#view = view;
  }

  /** The face is on the screen. */
  faceShown(): void {
    this.#faceMs = performance.now();
  }

  /** The figures of this moment. */
  read(): DemoFigures {
    const { skew, ...rest } = this.#player()?.getStats() ?? EMPTY;
    const view = this.#view();
    return {
      ...rest,
      skewMs: skew && { p50: skew.p50Ms, p95: skew.p95Ms, count: skew.count },
      fps: view !== undefined && view.frameMs > 0 ? 1000 / view.frameMs : 0,
      framesDrawn: view?.framesDrawn ?? 0,
      connectToFaceMs: this.#faceMs,
    };
  }
}
