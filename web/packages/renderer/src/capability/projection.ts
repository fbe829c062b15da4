import { blendShapeIndex, N_BLEND_SHAPES, type BlendShape } from '@avamotion/client';
import { controlIndex, FIRST_VISEME, FIRST_VRM, type Control } from './control.ts';

interface Term {
  readonly shape: number;
  readonly factor: number;
}

type Sum = Partial<Record<BlendShape, number>>;

/** What is left of ARKit's shapes on a face that has only others: the least bad that can be said with them. */
const RULES: readonly (readonly [Control, Sum])[] = [
  ['viseme_PP', { mouthClose: 1, mouthPressLeft: 0.5, mouthPressRight: 0.5 }],
  ['viseme_FF', { mouthRollLower: 1, mouthUpperUpLeft: 0.15, mouthUpperUpRight: 0.15 }],
  ['viseme_TH', { tongueOut: 1 }],
  ['viseme_aa', { jawOpen: 0.9, mouthFunnel: -1, mouthClose: -0.9 }],
  ['viseme_E', { mouthStretchLeft: 0.5, mouthStretchRight: 0.5 }],
  ['viseme_I', { mouthSmileLeft: 0.3, mouthSmileRight: 0.3 }],
  ['viseme_O', { mouthFunnel: 1 }],
  ['viseme_U', { mouthPucker: 1 }],
  ['vrm_aa', { jawOpen: 1, mouthClose: -1, mouthFunnel: -0.7, mouthPucker: -0.5 }],
  ['vrm_oh', { mouthFunnel: 1 }],
  ['vrm_ou', { mouthPucker: 1 }],
  ['vrm_ee', { mouthStretchLeft: 0.5, mouthStretchRight: 0.5 }],
  ['vrm_ih', { mouthSmileLeft: 0.3, mouthSmileRight: 0.3 }],
  ['vrm_blinkLeft', { eyeBlinkLeft: 1 }],
  ['vrm_blinkRight', { eyeBlinkRight: 1 }],
  ['vrm_blink', { eyeBlinkLeft: 0.5, eyeBlinkRight: 0.5 }],
  ['vrm_lookUp', { eyeLookUpLeft: 0.5, eyeLookUpRight: 0.5 }],
  ['vrm_lookDown', { eyeLookDownLeft: 0.5, eyeLookDownRight: 0.5 }],
  ['vrm_lookLeft', { eyeLookOutLeft: 0.5, eyeLookInRight: 0.5 }],
  ['vrm_lookRight', { eyeLookInLeft: 0.5, eyeLookOutRight: 0.5 }],
];

interface Rule {
  readonly control: number;
  readonly terms: readonly Term[];
}

const COMPILED: readonly Rule[] = RULES.map(([control, sum]) => ({
  control: controlIndex(control),
  terms: Object.entries(sum).map(([shape, factor]) => ({
    shape: blendShapeIndex(shape as BlendShape),
    factor,
  })),
}));

const N_VOWELS = 5;

/** Fill in the visemes and VRM expressions that say about the same as ARKit weights; in place. */
export function project(values: Float32Array): void {
  // Plain loops: this runs for every picture, and iterators would be garbage.
  for (let i = 0; i < COMPILED.length; i++) {
    const { control, terms } = COMPILED[i] as Rule;
    let sum = 0;
    for (let j = 0; j < terms.length; j++) {
      const { shape, factor } = terms[j] as Term;
      sum += (values[shape] as number) * factor;
    }
    values[control] = Math.max(0, Math.min(1, sum));
  }
  limit(values, FIRST_VISEME, FIRST_VRM);
  limit(values, FIRST_VRM, FIRST_VRM + N_VOWELS);
}

/** Mouth shapes add up: more than one whole shape tears the mouth. */
function limit(values: Float32Array, start: number, end: number): void {
  let sum = 0;
  for (let i = start; i < end; i++) sum += values[i] as number;
  if (sum <= 1) return;
  for (let i = start; i < end; i++) values[i] = (values[i] as number) / sum;
}

/** Whether an index is that of an ARKit shape. */
export function isArkit(control: number): boolean {
  return control < N_BLEND_SHAPES;
}
