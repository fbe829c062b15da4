import type { BlendShape } from '@avamotion/client';

type Weights = Partial<Record<BlendShape, number>>;

function both(name: string, weight: number): Weights {
  return { [`${name}Left`]: weight, [`${name}Right`]: weight };
}

/** One mouth for each of the sounds that people tell apart by eye: m, f, th, d, k, ch, s, r, a, e, i, o, u. */
export const MOUTH_SHAPES: readonly Weights[] = [
  {
    jawOpen: 0.2,
    mouthClose: 0.2,
    ...both('mouthPress', 0.3),
    mouthRollUpper: 0.2,
    mouthRollLower: 0.2,
  },
  { jawOpen: 0.12, mouthRollLower: 0.6, ...both('mouthUpperUp', 0.45) },
  { jawOpen: 0.2, tongueOut: 0.35, ...both('mouthLowerDown', 0.2) },
  { jawOpen: 0.18, ...both('mouthLowerDown', 0.25), ...both('mouthUpperUp', 0.1) },
  { jawOpen: 0.25, ...both('mouthStretch', 0.1) },
  {
    mouthFunnel: 0.55,
    jawOpen: 0.1,
    ...both('mouthUpperUp', 0.15),
    ...both('mouthLowerDown', 0.2),
  },
  { jawOpen: 0.05, ...both('mouthStretch', 0.3), ...both('mouthLowerDown', 0.25) },
  { mouthFunnel: 0.3, mouthPucker: 0.2, jawOpen: 0.15 },
  { jawOpen: 0.65, ...both('mouthLowerDown', 0.2), ...both('mouthUpperUp', 0.1) },
  { jawOpen: 0.35, ...both('mouthStretch', 0.3), ...both('mouthSmile', 0.15) },
  { jawOpen: 0.2, ...both('mouthSmile', 0.35), ...both('mouthStretch', 0.2) },
  { jawOpen: 0.4, mouthFunnel: 0.7 },
  { jawOpen: 0.2, mouthPucker: 0.8, mouthFunnel: 0.2 },
];
