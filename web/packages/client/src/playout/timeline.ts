/** What is audible: a turn and a media time in it. */
export interface Playhead {
  turn: number;
  ptsUs: number;
}

interface Anchor {
  frame: number;
  turn: number;
  ptsUs: number;
  playing: boolean;
}

/**
 * Maps the sample clock of the audio device to media time.
 *
 * An anchor says that from one sample on, playing starts at a media time, or pauses. Between anchors media
 * time runs with the sample clock, so the mapping is exact. Anchors come ahead of what is audible, by the
 * output latency: the history is kept.
 */
export class Timeline {
  readonly #sampleRateHz: number;
  readonly #anchors: Anchor[];
  #next = 0;
  #count = 0;

  constructor(sampleRateHz: number, capacity: number = 64) {
    this.#sampleRateHz = sampleRateHz;
    this.#anchors = Array.from({ length: capacity }, () => ({
      frame: 0,
      turn: 0,
      ptsUs: 0,
      playing: false,
    }));
  }

  /** Add an anchor; `frame` may not go backwards. */
  add(frame: number, turn: number, ptsUs: number, playing: boolean): void {
    const anchor = this.#anchors[this.#next] as Anchor;
    anchor.frame = frame;
    anchor.turn = turn;
    anchor.ptsUs = ptsUs;
    anchor.playing = playing;
    this.#next = (this.#next + 1) % this.#anchors.length;
    this.#count = Math.min(this.#count + 1, this.#anchors.length);
  }

  /** Find what plays at a sample; false if nothing does. */
  locate(frame: number, target: Playhead): boolean {
    for (let back = 1; back <= this.#count; back++) {
      const anchor = this.#anchors[
        (this.#next - back + this.#anchors.length) % this.#anchors.length
      ] as Anchor;
      if (anchor.frame > frame) continue;
      if (!anchor.playing) return false;
      target.turn = anchor.turn;
      target.ptsUs = anchor.ptsUs + ((frame - anchor.frame) / this.#sampleRateHz) * 1e6;
      return true;
    }
    return false;
  }

  /** Forget all anchors. */
  clear(): void {
    this.#count = 0;
  }
}
