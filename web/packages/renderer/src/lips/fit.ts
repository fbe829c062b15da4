import { BLEND_SHAPES, N_BLEND_SHAPES, blendShapeIndex, type BlendShape } from '@avamotion/client';
import type { ClosureCurve } from '../avatar/metadata.ts';
import { Closure } from '../face/closure.ts';
import type { Lips } from './lips.ts';

const JAW_KNOTS = [0, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.7, 1] as const;
/** Lips have met when they overlap by this much everywhere: soft, and safe from rounding. */
const MEET_MM = -0.2;
const ROUNDING_MM = 0.02;
/** Lips further apart than this at rest are ajar: closing is then more than going back to rest. */
const AJAR_MM = 0.3;
/** How far a damped shape may still move lips apart that are meant to be shut. */
const PART_MM = 0.12;
/** Shapes that part shut lips by less are left alone: a sad mouth stays sad through a "p". */
const VISIBLE_MM = 0.25;
/** Weights are looked for in steps of this size, which are then halved. */
const STEP = 0.05;
const HALVINGS = 6;
const DAMP_STEPS = 40;

const JAW_OPEN = blendShapeIndex('jawOpen');
const MOUTH_CLOSE = blendShapeIndex('mouthClose');
/** Shapes that may help where mouthClose alone does not suffice. */
const HELPERS: readonly BlendShape[] = [
  'mouthPressLeft',
  'mouthPressRight',
  'mouthRollUpper',
  'mouthRollLower',
];
const HELPER_INDICES = HELPERS.map(blendShapeIndex);
const CLOSE_ALONE = [MOUTH_CLOSE] as const;

/**
 * Find what it takes to shut the lips of a model over an open jaw.
 *
 * The same measure as that of the avatars' own curves, `tools/assets/closure.py`. Where `mouthClose` and the shapes
 * that help it do not suffice, the jaw itself is drawn up: `add.jawOpen` is then below 0. Yields in between, so that
 * the work may be spread.
 */
export function* fitClosure(lips: Lips): Generator<undefined, ClosureCurve> {
  const pose = new Float32Array(N_BLEND_SHAPES);
  const meet = meetingMm(lips);
  const knots = jawKnots(lips, meet);
  const close: number[] = [];
  const helper: number[] = [];
  const lift: number[] = [];
  let last: Shut = { close: 0, helper: 0 };
  let reach = 0; // as far as the jaw may be open with the lips shut
  for (const jaw of knots) {
    const found = jaw > 0 ? shut(lips, pose, jaw, last.close, meet) : last;
    if (found !== undefined) [last, reach] = [found, jaw];
    close.push(last.close);
    helper.push(last.helper);
    lift.push(reach - jaw);
    yield;
  }
  const add: Record<string, readonly number[]> = {};
  if (helper.some((amount) => amount > 0)) for (const name of HELPERS) add[name] = helper;
  if (lift.some((amount) => amount < 0)) add['jawOpen'] = lift;
  const damp = yield* findDamping(lips);
  return { jawOpen: knots, mouthClose: close, add, damp };
}

/** A curve for a head whose lips cannot be found: they meet as far as the jaw says. */
export function assumedClosure(canClose: boolean): ClosureCurve {
  return {
    jawOpen: [0, 1],
    mouthClose: canClose ? [0, 1] : [0, 0],
    add: canClose ? {} : { jawOpen: [0, -1] },
    damp: {},
  };
}

/** The largest gap that a closure leaves between lips that are meant to be shut, millimetres. */
export function sealGapMm(lips: Lips, curve: ClosureCurve | undefined): number {
  const closure = curve && new Closure(curve);
  const weights = new Float32Array(N_BLEND_SHAPES);
  let widest = 0;
  for (const jaw of [0.1, 0.3, 0.6]) {
    weights.fill(0);
    weights[JAW_OPEN] = weights[MOUTH_CLOSE] = jaw;
    closure?.apply(weights);
    widest = Math.max(widest, lips.widestMm(weights));
  }
  return widest;
}

/** The clearance at which lips count as shut on this head. */
function meetingMm(lips: Lips): number {
  const rest = lips.widestMm(new Float32Array(N_BLEND_SHAPES));
  return rest > AJAR_MM ? MEET_MM : Math.max(MEET_MM, rest);
}

/** The usual knots, and one where the jaw begins to be too far open for the lips to meet. */
function jawKnots(lips: Lips, meet: number): readonly number[] {
  // From the top: mostly the lips meet over the widest jaw, and then over all others.
  const reach = JAW_KNOTS.findLastIndex((jaw) => jaw === 0 || canShut(lips, jaw, meet));
  if (reach === JAW_KNOTS.length - 1) return JAW_KNOTS;
  let low = JAW_KNOTS[reach] as number;
  let high = JAW_KNOTS[reach + 1] as number;
  for (let i = 0; i < HALVINGS; i++) {
    const middle = (low + high) / 2;
    if (canShut(lips, middle, meet)) low = middle;
    else high = middle;
  }
  return [...new Set([...JAW_KNOTS, Math.floor(low * 100) / 100])].sort((a, b) => a - b);
}

const trial = new Float32Array(N_BLEND_SHAPES);

function canShut(lips: Lips, jaw: number, meet: number): boolean {
  return shut(lips, trial, jaw, 0, meet) !== undefined;
}

/** What shuts the lips over a jaw. */
interface Shut {
  readonly close: number;
  readonly helper: number;
}

/**
 * Find the least `mouthClose`, and if that is not enough, the least of its helpers, at which the lips meet.
 *
 * @param pose gets the weights
 * @param from as much as is known to be too little
 */
function shut(
  lips: Lips,
  pose: Float32Array,
  jaw: number,
  from: number,
  meet: number,
): Shut | undefined {
  pose.fill(0);
  pose[JAW_OPEN] = jaw;
  const close = least(lips, pose, CLOSE_ALONE, from, meet);
  if (close !== undefined) return { close, helper: 0 };
  pose[MOUTH_CLOSE] = 1;
  const helper = least(lips, pose, HELPER_INDICES, 0, meet + ROUNDING_MM);
  return helper === undefined ? undefined : { close: 1, helper };
}

/**
 * Find the least weight of some shapes at which the lips meet, or undefined if they never do.
 *
 * Lips that are pressed too far pass through one another and seem open again: go up in steps, then bisect.
 */
function least(
  lips: Lips,
  pose: Float32Array,
  shapes: readonly number[],
  from: number,
  meet: number,
): number | undefined {
  const meets = (weight: number): boolean => {
    for (const shape of shapes) pose[shape] = weight;
    return !lips.exceeds(pose, meet);
  };
  if (meets(from)) return from;
  let low = from;
  let high = from;
  do {
    if (high === 1) return undefined;
    low = high;
    high = Math.min(1, low + STEP);
  } while (!meets(high));
  for (let i = 0; i < HALVINGS; i++) {
    const middle = (low + high) / 2;
    if (meets(middle)) high = middle;
    else low = middle;
  }
  for (const shape of shapes) pose[shape] = high;
  return high;
}

/** For every shape that parts shut lips, how much of it must go. */
function* findDamping(lips: Lips): Generator<undefined, Record<string, number>> {
  const pose = new Float32Array(N_BLEND_SHAPES);
  const rest = lips.widestMm(pose);
  const damp: Record<string, number> = {};
  for (const name of BLEND_SHAPES) {
    const shape = blendShapeIndex(name);
    if (shape === JAW_OPEN || shape === MOUTH_CLOSE || !lips.moves(shape)) continue;
    yield;
    const opens = (weight: number, limitMm: number): boolean => {
      pose.fill(0);
      pose[shape] = weight;
      return lips.exceeds(pose, limitMm);
    };
    if (!opens(1, Math.max(rest, 0) + VISIBLE_MM)) continue;
    let low = 0;
    let high = DAMP_STEPS;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (opens(middle / DAMP_STEPS, rest + PART_MM)) high = middle;
      else low = middle;
    }
    damp[name] = 1 - low / DAMP_STEPS;
  }
  // A face is not asked to be less shut on one side than on the other.
  for (const [name, amount] of Object.entries(damp)) {
    const twin = name.endsWith('Left')
      ? name.replace(/Left$/, 'Right')
      : name.replace(/Right$/, 'Left');
    damp[twin] = Math.max(amount, damp[twin] ?? 0);
  }
  return damp;
}
