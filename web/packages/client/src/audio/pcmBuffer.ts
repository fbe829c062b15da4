import { cutWindowSamples, findCut, type Cut } from './pitch.ts';

/** A piece of decoded sound with its place in media time. */
export interface PcmChunk {
  readonly turn: number;
  /** Media time of the first sample, in microseconds since the turn began. */
  readonly ptsUs: number;
  /** Mono sound, (N,); may be empty. */
  readonly pcm: Float32Array;
  /** Nothing of this turn follows. */
  readonly end: boolean;
}

/** Told from which sample on what is played. */
export type AnchorListener = (frame: number, turn: number, ptsUs: number, playing: boolean) => void;

/** Limits of a `PcmBuffer`. */
export interface PcmBufferOptions {
  readonly sampleRateHz: number;
  /** Sound that is gathered before playing starts, seconds. */
  readonly targetS: number;
  /** Sound held longer than this is caught up with, seconds; Infinity when it comes faster than it plays. */
  readonly maxDelayS: number;
}

const FADE_S = 0.005;
const MAX_LEAD_S = 0.2; // a sender may send this much ahead of real time
const LEAD_AFTER_S = 0.1; // its head start shows when playing has run for this long
const WINDOW_S = 0.5; // over which the least depth tells delay from jitter
const STALL_S = 0.25; // a depth this far above normal comes from a stall, not from jitter
const MAX_DEPTH_S = 4; // more than this nobody wants to hear late: jump
const CUT_EVERY_S = 0.06; // up to +25 %
const CUT_EVERY_STALLED_S = 0.025; // up to +60 %: a second is caught up with in two
const PATIENCE_S = 0.04; // more delay is borne for every time that sound ran dry in this turn
const MAX_PATIENCE_S = 0.12;
const TARGET_STEP_S = 0.02; // the target grows by this for every time that sound ran dry …
const MAX_TARGET_GROWTH_S = 0.08; // … up to this much, and shrinks again with every smooth turn
const HURRY_S = 0.06; // delay above which to hurry after a stall
const CUT_EVERY_SILENT_S = 0.005;
const CONTIGUOUS_US = 1000; // rounding between packets

/**
 * Holds decoded sound and gives it out block by block, always saying which media time is where.
 *
 * It waits until enough is there, fades whenever sound starts or stops in the middle, and catches up after a
 * stall by leaving out silence and single pitch periods, so that delay does not stay. Runs in the audio
 * thread; holds no clock: the caller passes the device's frame count.
 */
export class PcmBuffer {
  readonly #rate: number;
  readonly #options: PcmBufferOptions;
  readonly #onAnchor: AnchorListener;
  readonly #fade: number;
  readonly #window: Float32Array;
  readonly #cut: Cut = { samples: 0, silent: false };
  readonly #tail: Float32Array;
  #tailAt: number;
  #chunks: PcmChunk[] = [];
  #offset = 0; // into the first chunk
  #depth = 0; // samples held
  #playing = false;
  #announce = false;
  #gain = 0;
  #startedFrame = 0;
  #leadTurn = -1;
  #leadKnown = false;
  #lead = 0;
  #leastDepth = Infinity;
  #leastDepthBefore = Infinity;
  #windowEndFrame = 0;
  #catchingUp = false;
  #hurrying = false;
  #patienceS = 0;
  #targetGrowthS = 0;
  #smooth = true;
  #nextCutFrame = 0;
  /** Times that sound ran dry in the middle of a turn. */
  underruns = 0;
  /** Samples left out to catch up. */
  cutSamples = 0;
  /** Samples jumped over because far too many were held. */
  skippedSamples = 0;

  constructor(options: PcmBufferOptions, onAnchor: AnchorListener) {
    this.#options = options;
    this.#rate = options.sampleRateHz;
    this.#onAnchor = onAnchor;
    this.#fade = Math.floor(FADE_S * this.#rate);
    this.#window = new Float32Array(cutWindowSamples(this.#rate));
    this.#tail = new Float32Array(this.#fade);
    this.#tailAt = this.#fade;
  }

  /** Seconds of sound held. */
  get depthS(): number {
    return this.#depth / this.#rate;
  }

  /** Seconds of sound that are gathered before playing starts: more on a network that was rough lately. */
  get targetS(): number {
    return this.#options.targetS + this.#targetGrowthS;
  }

  /** Whether sound comes out. */
  get playing(): boolean {
    return this.#playing;
  }

  /** Take a chunk; chunks come in order. */
  push(chunk: PcmChunk): void {
    this.#chunks.push(chunk);
    this.#depth += chunk.pcm.length;
  }

  /** Fade out at once and forget everything. */
  clear(): void {
    this.#keepTail();
    this.#chunks = [];
    this.#offset = 0;
    this.#depth = 0;
    this.#playing = false;
    this.#announce = true;
  }

  /**
   * Fill a block.
   *
   * @param out (N,), overwritten
   * @param frame the device's count of the block's first sample
   */
  read(out: Float32Array, frame: number): void {
    out.fill(0);
    this.#dropSpent();
    if (!this.#playing && this.#ready()) this.#start(frame);
    if (this.#playing) {
      this.#watch(frame);
      this.#fill(out, frame);
    } else if (this.#announce) {
      this.#announce = false;
      this.#onAnchor(frame, 0, 0, false);
    }
    for (let i = 0; i < out.length && this.#tailAt < this.#fade; i++) {
      out[i] = (out[i] as number) + (this.#tail[this.#tailAt++] as number);
    }
  }

  #ready(): boolean {
    if (this.#depth === 0) return false;
    return this.#depth >= this.targetS * this.#rate || this.#endQueued();
  }

  #start(frame: number): void {
    const turn = (this.#chunks[0] as PcmChunk).turn;
    this.#playing = true;
    this.#announce = true;
    this.#gain = 0;
    if (turn !== this.#leadTurn) this.#beginTurn(turn, frame);
  }

  #beginTurn(turn: number, frame: number): void {
    this.#leadTurn = turn;
    this.#leadKnown = false;
    this.#startedFrame = frame;
    this.#catchingUp = false;
    this.#hurrying = false;
    this.#patienceS = 0;
    if (this.#smooth) this.#targetGrowthS = Math.max(0, this.#targetGrowthS - TARGET_STEP_S);
    this.#smooth = true;
    this.#leastDepth = Infinity;
    this.#leastDepthBefore = Infinity;
    this.#windowEndFrame = frame + WINDOW_S * this.#rate;
  }

  #fill(out: Float32Array, frame: number): void {
    let written = 0;
    while (written < out.length) {
      const head = this.#chunks[0];
      if (head === undefined) {
        this.#stop(frame + written);
        return;
      }
      if (this.#announce) {
        this.#announce = false;
        this.#onAnchor(frame + written, head.turn, this.#headPtsUs(head), true);
      }
      written += this.#copy(out, written, head);
      if (this.#offset === head.pcm.length) this.#shift(head, frame + written);
    }
  }

  #copy(out: Float32Array, written: number, head: PcmChunk): number {
    const n = Math.min(out.length - written, head.pcm.length - this.#offset);
    const ahead = this.#contiguousSamples();
    const step = 1 / this.#fade;
    for (let i = 0; i < n; i++) {
      const ending = ahead - i <= this.#fade;
      this.#gain = ending ? Math.max(0, this.#gain - step) : Math.min(1, this.#gain + step);
      out[written + i] = (head.pcm[this.#offset + i] as number) * this.#gain;
    }
    this.#offset += n;
    this.#depth -= n;
    return n;
  }

  /** Move on to the next chunk; a jump in media time is announced, and a dry buffer stops. */
  #shift(head: PcmChunk, frame: number): void {
    this.#chunks.shift();
    this.#offset = 0;
    const next = this.#chunks[0];
    if (next === undefined) {
      if (!head.end) this.#runDry();
      this.#stop(frame);
      return;
    }
    if (next.turn !== head.turn) this.#beginTurn(next.turn, frame);
    if (!isContiguous(head, next, this.#rate)) {
      this.#announce = true;
      this.#gain = 0;
    }
  }

  #runDry(): void {
    this.underruns++;
    this.#patienceS = Math.min(MAX_PATIENCE_S, this.#patienceS + PATIENCE_S);
    this.#targetGrowthS = Math.min(MAX_TARGET_GROWTH_S, this.#targetGrowthS + TARGET_STEP_S);
    this.#smooth = false;
  }

  #stop(frame: number): void {
    if (!this.#playing) return;
    this.#playing = false;
    this.#announce = false;
    this.#onAnchor(frame, 0, 0, false);
  }

  /** Sound ahead of the read position that joins without a gap. */
  #contiguousSamples(): number {
    let samples = -this.#offset;
    for (let i = 0; i < this.#chunks.length; i++) {
      const chunk = this.#chunks[i] as PcmChunk;
      samples += chunk.pcm.length;
      const next = this.#chunks[i + 1];
      if (samples > 2 * this.#window.length || next === undefined) break;
      if (!isContiguous(chunk, next, this.#rate)) break;
    }
    return samples;
  }

  #dropSpent(): void {
    // An empty chunk only carries the end mark.
    while (this.#chunks.length > 1 && this.#offset >= (this.#chunks[0] as PcmChunk).pcm.length) {
      this.#chunks.shift();
      this.#offset = 0;
    }
    if (!this.#playing && this.#depth === 0 && this.#chunks[0]?.end === true) {
      this.#chunks = [];
      this.#offset = 0;
    }
  }

  #endQueued(): boolean {
    return this.#chunks.some((chunk) => chunk.end);
  }

  #headPtsUs(head: PcmChunk): number {
    return head.ptsUs + (this.#offset / this.#rate) * 1e6;
  }

  /** Tell delay from jitter, and cut while there is delay. */
  #watch(frame: number): void {
    if (this.#options.maxDelayS === Infinity) return;
    this.#measure(frame);
    const normal = this.targetS * this.#rate + this.#lead;
    const excess = this.#depth - normal;
    const steadyExcess = Math.min(this.#leastDepth, this.#leastDepthBefore) - normal;
    const allowedS = this.#options.maxDelayS - this.#options.targetS + this.#patienceS;
    if (excess > STALL_S * this.#rate) this.#hurrying = true;
    else if (excess <= HURRY_S * this.#rate) this.#hurrying = false;
    const delayed = steadyExcess > allowedS * this.#rate && steadyExcess < Infinity;
    if (this.#hurrying || delayed) this.#catchingUp = true;
    else if (excess <= 0) this.#catchingUp = false;
    if (excess > MAX_DEPTH_S * this.#rate) this.#skip(Math.floor(excess));
    else if (this.#catchingUp && frame >= this.#nextCutFrame) this.#cutOnce(frame);
  }

  #measure(frame: number): void {
    if (!this.#leadKnown) {
      this.#leadKnown = frame - this.#startedFrame >= LEAD_AFTER_S * this.#rate;
      const lead = this.#leadKnown ? this.depthS - this.targetS : MAX_LEAD_S;
      this.#lead = Math.max(0, Math.min(MAX_LEAD_S, lead)) * this.#rate;
    }
    this.#leastDepth = Math.min(this.#leastDepth, this.#depth);
    if (frame >= this.#windowEndFrame) {
      this.#leastDepthBefore = this.#leastDepth;
      this.#leastDepth = Infinity;
      this.#windowEndFrame = frame + WINDOW_S * this.#rate;
    }
  }

  #cutOnce(frame: number): void {
    const size = this.#window.length;
    if (this.#contiguousSamples() < size + this.#fade || this.#tailAt < this.#fade) return;
    this.#peek(this.#window);
    findCut(this.#window, this.#rate, this.#cut);
    let every = this.#hurrying ? CUT_EVERY_STALLED_S : CUT_EVERY_S;
    if (this.#cut.silent) every = CUT_EVERY_SILENT_S;
    this.#nextCutFrame = frame + every * this.#rate;
    if (this.#cut.samples === 0) return;
    this.#leaveOut(this.#cut.samples);
    this.cutSamples += this.#cut.samples;
  }

  #skip(samples: number): void {
    this.#leaveOut(samples);
    this.skippedSamples += samples;
  }

  #leaveOut(samples: number): void {
    this.#keepTail();
    let left = samples;
    this.#depth -= samples;
    while (left > 0) {
      const head = this.#chunks[0] as PcmChunk;
      const n = Math.min(left, head.pcm.length - this.#offset);
      this.#offset += n;
      left -= n;
      if (this.#offset < head.pcm.length) break;
      this.#chunks.shift();
      this.#offset = 0;
    }
    this.#gain = 0;
    this.#announce = true;
  }

  /** Put the next samples aside, fading out, to be mixed over what comes instead. */
  #keepTail(): void {
    if (!this.#playing) return;
    const gain = this.#gain;
    this.#tail.fill(0);
    this.#peek(this.#tail);
    for (let i = 0; i < this.#fade; i++) {
      this.#tail[i] = (this.#tail[i] as number) * gain * (1 - (i + 1) / this.#fade);
    }
    this.#tailAt = 0;
  }

  #peek(target: Float32Array): void {
    let written = 0;
    let offset = this.#offset;
    for (const chunk of this.#chunks) {
      const n = Math.min(target.length - written, chunk.pcm.length - offset);
      for (let i = 0; i < n; i++) target[written + i] = chunk.pcm[offset + i] as number;
      written += n;
      offset = 0;
      if (written === target.length) return;
    }
  }
}

function isContiguous(chunk: PcmChunk, next: PcmChunk, rateHz: number): boolean {
  if (chunk.turn !== next.turn) return false;
  if (next.pcm.length === 0) return true;
  const expected = chunk.ptsUs + (chunk.pcm.length / rateHz) * 1e6;
  return Math.abs(next.ptsUs - expected) <= CONTIGUOUS_US;
}
