/** The 52 blend shapes of ARKit, in Apple's documented order; the position is the index, also on the wire. */
export const BLEND_SHAPES = [
  'eyeBlinkLeft',
  'eyeLookDownLeft',
  'eyeLookInLeft',
  'eyeLookOutLeft',
  'eyeLookUpLeft',
  'eyeSquintLeft',
  'eyeWideLeft',
  'eyeBlinkRight',
  'eyeLookDownRight',
  'eyeLookInRight',
  'eyeLookOutRight',
  'eyeLookUpRight',
  'eyeSquintRight',
  'eyeWideRight',
  'jawForward',
  'jawLeft',
  'jawRight',
  'jawOpen',
  'mouthClose',
  'mouthFunnel',
  'mouthPucker',
  'mouthLeft',
  'mouthRight',
  'mouthSmileLeft',
  'mouthSmileRight',
  'mouthFrownLeft',
  'mouthFrownRight',
  'mouthDimpleLeft',
  'mouthDimpleRight',
  'mouthStretchLeft',
  'mouthStretchRight',
  'mouthRollLower',
  'mouthRollUpper',
  'mouthShrugLower',
  'mouthShrugUpper',
  'mouthPressLeft',
  'mouthPressRight',
  'mouthLowerDownLeft',
  'mouthLowerDownRight',
  'mouthUpperUpLeft',
  'mouthUpperUpRight',
  'browDownLeft',
  'browDownRight',
  'browInnerUp',
  'browOuterUpLeft',
  'browOuterUpRight',
  'cheekPuff',
  'cheekSquintLeft',
  'cheekSquintRight',
  'noseSneerLeft',
  'noseSneerRight',
  'tongueOut',
] as const;

/** Name of a blend shape. */
export type BlendShape = (typeof BLEND_SHAPES)[number];

/** Number of blend shapes. */
export const N_BLEND_SHAPES: number = BLEND_SHAPES.length;

const INDEX: ReadonlyMap<string, number> = new Map(
  BLEND_SHAPES.map((name, index) => [name, index]),
);

/** Index of a blend shape. */
export function blendShapeIndex(name: BlendShape): number {
  return INDEX.get(name) as number;
}

/** Whether ARKit has a blend shape of this name. */
export function isBlendShape(name: string): name is BlendShape {
  return INDEX.has(name);
}
