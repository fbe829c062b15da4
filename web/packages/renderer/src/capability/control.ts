import { BLEND_SHAPES, N_BLEND_SHAPES, type BlendShape } from '@avamotion/client';

/** The 15 mouth shapes of Oculus' lip sync, without their prefix. */
export const VISEMES = [
  'sil',
  'PP',
  'FF',
  'TH',
  'DD',
  'kk',
  'CH',
  'SS',
  'nn',
  'RR',
  'aa',
  'E',
  'I',
  'O',
  'U',
] as const;
export type Viseme = (typeof VISEMES)[number];

/** Expressions of VRM that a face needs when it has no ARKit shapes. */
export const VRM_EXPRESSIONS = [
  'aa',
  'ih',
  'ou',
  'ee',
  'oh',
  'blink',
  'blinkLeft',
  'blinkRight',
  'lookUp',
  'lookDown',
  'lookLeft',
  'lookRight',
] as const;
export type VrmExpression = (typeof VRM_EXPRESSIONS)[number];

/** Something on a model that can be moved by a number. */
export type Control = BlendShape | `viseme_${Viseme}` | `vrm_${VrmExpression}`;

/** All controls: ARKit's shapes come first, so that their indices are the same. */
export const CONTROLS: readonly Control[] = [
  ...BLEND_SHAPES,
  ...VISEMES.map((name) => `viseme_${name}` as const),
  ...VRM_EXPRESSIONS.map((name) => `vrm_${name}` as const),
];

const INDEX: ReadonlyMap<Control, number> = new Map(CONTROLS.map((name, i) => [name, i]));

/** Number of controls. */
export const N_CONTROLS: number = CONTROLS.length;
/** Index of the first viseme. */
export const FIRST_VISEME: number = N_BLEND_SHAPES;
/** Index of the first VRM expression. */
export const FIRST_VRM: number = N_BLEND_SHAPES + VISEMES.length;

/** Index of a control. */
export function controlIndex(control: Control): number {
  return INDEX.get(control) as number;
}
