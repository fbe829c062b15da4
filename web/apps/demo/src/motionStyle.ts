/** The emotions of the motion engine, as it names them. */
export const EMOTIONS = [
  'neutral',
  'happy',
  'sad',
  'angry',
  'surprised',
  'fearful',
  'disgusted',
  'contempt',
] as const;

/** How the face moves: the engine's session parameters without `motion.`. */
export interface MotionStyle {
  readonly emotion: string;
  readonly emotion_intensity: number;
  readonly intensity: number;
  readonly lead_ms: number;
  readonly head: boolean;
  readonly blink: boolean;
  readonly gaze: boolean;
  readonly brow: boolean;
  readonly breath: boolean;
}

/** What the engine does when nobody says otherwise. */
export const DEFAULT_STYLE: MotionStyle = {
  emotion: 'neutral',
  emotion_intensity: 0.7,
  intensity: 1,
  lead_ms: 10,
  head: true,
  blink: true,
  gaze: true,
  brow: true,
  breath: true,
};

/** A voice that the server has. */
export interface Voice {
  readonly id: string;
  readonly name: string;
}

/** What there is to choose, and what is chosen, for everybody in the channel. */
export interface Choices {
  readonly voices: readonly Voice[];
  readonly timbre: string;
  readonly speed: number;
  readonly style: MotionStyle;
}

/** Nothing is known yet. */
export const NO_CHOICES: Choices = { voices: [], timbre: '', speed: 1, style: DEFAULT_STYLE };

/** Read a message with topic `choices`; what is missing or of another kind keeps its default. */
export function readChoices(data: unknown): Choices {
  const { voice, style } = record(data);
  const { voices, timbre, speed } = record(voice);
  return {
    voices: Array.isArray(voices) ? voices.flatMap(readVoice) : [],
    timbre: typeof timbre === 'string' ? timbre : '',
    speed: typeof speed === 'number' ? speed : 1,
    style: { ...DEFAULT_STYLE, ...ofSameKind(record(style)) },
  };
}

function readVoice(value: unknown): Voice | [] {
  const { id, name } = record(value);
  return typeof id === 'string' ? { id, name: typeof name === 'string' ? name : id } : [];
}

function ofSameKind(style: Record<string, unknown>): Partial<MotionStyle> {
  const known = Object.entries(DEFAULT_STYLE) as [keyof MotionStyle, unknown][];
  return Object.fromEntries(
    known
      .filter(([name, usual]) => typeof style[name] === typeof usual)
      .map(([name]) => [name, style[name]]),
  );
}

function record(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}
