/** How much closing it takes to shut the lips over an open jaw, for one head. */
export interface ClosureCurve {
  /** Knots, ascending from 0 to 1. */
  readonly jawOpen: readonly number[];
  /** Weight of `mouthClose` at full closure, one per knot. */
  readonly mouthClose: readonly number[];
  /** Further weights at full closure, by blend shape, one per knot. */
  readonly add: Readonly<Record<string, readonly number[]>>;
  /** How much of a shape full closure takes away, by blend shape. */
  readonly damp: Readonly<Record<string, number>>;
}

/** What `avatar.json` says. */
export interface AvatarMetadata {
  readonly id: string;
  readonly name: string;
  readonly description: string | undefined;
  readonly license: string | undefined;
  readonly files: {
    readonly full: string;
    readonly low: string;
    readonly thumbnail: string | undefined;
  };
  readonly closure: ClosureCurve | undefined;
}

type Fields = Readonly<Record<string, unknown>>;

/** Read `avatar.json`; a string says what is wrong with it. */
export function readMetadata(value: unknown): AvatarMetadata | string {
  if (!isFields(value)) return 'it is not a JSON object';
  const { id, name, files } = value;
  if (typeof id !== 'string' || id === '') return 'it has no id';
  if (!isFields(files)) return 'it has no files';
  const full = text(files['full']) ?? text(files['high']);
  if (full === undefined) return 'files.full is missing';
  const closure = value['closure'] === undefined ? undefined : readClosure(value['closure']);
  if (typeof closure === 'string') return closure;
  return {
    id,
    name: text(name) ?? id,
    description: text(value['description']),
    license: text(value['license']),
    files: { full, low: text(files['low']) ?? full, thumbnail: text(files['thumbnail']) },
    closure,
  };
}

function readClosure(value: unknown): ClosureCurve | string {
  if (!isFields(value)) return 'closure is not an object';
  const { jawOpen, mouthClose, add = {}, damp = {} } = value;
  if (!isNumbers(jawOpen) || jawOpen.length < 2) return 'closure.jawOpen is not a list of knots';
  if (jawOpen.some((knot, i) => i > 0 && knot <= (jawOpen[i - 1] ?? 0))) {
    return 'closure.jawOpen does not ascend';
  }
  const n = jawOpen.length;
  if (!isNumbers(mouthClose) || mouthClose.length !== n) {
    return 'closure.mouthClose has not one number per knot';
  }
  if (!isFields(add) || !isFields(damp)) return 'closure.add or closure.damp is not an object';
  const curves: Record<string, readonly number[]> = {};
  for (const [shape, curve] of Object.entries(add)) {
    if (!isNumbers(curve) || curve.length !== n)
      return `closure.add.${shape} has not one number per knot`;
    curves[shape] = curve;
  }
  const amounts: Record<string, number> = {};
  for (const [shape, amount] of Object.entries(damp)) {
    if (typeof amount !== 'number') return `closure.damp.${shape} is not a number`;
    amounts[shape] = amount;
  }
  return { jawOpen, mouthClose, add: curves, damp: amounts };
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isNumbers(value: unknown): value is readonly number[] {
  return Array.isArray(value) && value.every((one) => typeof one === 'number');
}
