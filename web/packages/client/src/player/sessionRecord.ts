import type { ProviderStats } from '../provider/provider.ts';
import type { Skew } from './skewMeter.ts';
import type { ConnectionState, ConversationState } from './state.ts';

/** What happened since `connect()`; still there after the end. */
export interface SessionSummary {
  /** Time as a member of the channel, milliseconds. */
  readonly connectedMs: number;
  /** Time that speech was heard, milliseconds. */
  readonly speechMs: number;
  readonly turns: number;
  readonly interrupts: number;
  /** Times that nothing came for 3 s in the middle of speech. */
  readonly stalls: number;
  /** Times that the connection was lost and looked for. */
  readonly reconnects: number;
  readonly framesReceived: number;
  readonly framesRendered: number;
  /** Counts of what was dropped, by reason. */
  readonly dropped: Readonly<Record<string, number>>;
  /** Times that sound ran dry in the middle of a turn. */
  readonly underruns: number;
  /** Sound left out to catch up, milliseconds. */
  readonly caughtUpMs: number;
  /** Media time drawn against media time heard; undefined without speech. */
  readonly skew: Skew | undefined;
}

/** Adds up the time that something is so. */
class Stopwatch {
  #totalMs = 0;
  #sinceMs: number | undefined;

  set(running: boolean, nowMs: number): void {
    if (this.#sinceMs !== undefined) this.#totalMs += nowMs - this.#sinceMs;
    this.#sinceMs = running ? nowMs : undefined;
  }

  read(nowMs: number): number {
    return this.#totalMs + (this.#sinceMs === undefined ? 0 : nowMs - this.#sinceMs);
  }
}

/** Counts what happens between `connect()` and the end. */
export class SessionRecord {
  interrupts = 0;
  stalls = 0;
  framesReceived = 0;
  framesRendered = 0;
  readonly #connected: Stopwatch = new Stopwatch();
  readonly #speech: Stopwatch = new Stopwatch();
  readonly #dropped: Record<string, number> = {};
  #turns = 0;
  #newestTurn = 0;
  #reconnects = 0;
  #provider: Pick<ProviderStats, 'underruns' | 'caughtUpMs'> = { underruns: 0, caughtUpMs: 0 };

  /** Counts of what was dropped, by reason. */
  get dropped(): Readonly<Record<string, number>> {
    return { ...this.#dropped };
  }

  drop(reason: string, count: number): void {
    this.#dropped[reason] = (this.#dropped[reason] ?? 0) + count;
  }

  /** Motion of a turn came; turns only grow. */
  noteTurn(turn: number): void {
    if (turn <= this.#newestTurn) return;
    this.#newestTurn = turn;
    this.#turns++;
  }

  noteConnection(state: ConnectionState, nowMs: number): void {
    this.#connected.set(state === 'connected', nowMs);
    if (state === 'reconnecting') this.#reconnects++;
  }

  noteConversation(state: ConversationState, nowMs: number): void {
    this.#speech.set(state === 'playing', nowMs);
  }

  /** Keep what the provider counts: it forgets when it leaves. */
  noteProvider({ underruns, caughtUpMs }: ProviderStats): void {
    this.#provider = { underruns, caughtUpMs };
  }

  summary(nowMs: number, skew: Skew | undefined): SessionSummary {
    return {
      connectedMs: this.#connected.read(nowMs),
      speechMs: this.#speech.read(nowMs),
      turns: this.#turns,
      interrupts: this.interrupts,
      stalls: this.stalls,
      reconnects: this.#reconnects,
      framesReceived: this.framesReceived,
      framesRendered: this.framesRendered,
      dropped: this.dropped,
      ...this.#provider,
      skew,
    };
  }
}
