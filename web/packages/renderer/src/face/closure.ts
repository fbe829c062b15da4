import { blendShapeIndex, isBlendShape } from '@avamotion/client';
import type { ClosureCurve } from '../avatar/metadata.ts';

const JAW_OPEN = blendShapeIndex('jawOpen');
const MOUTH_CLOSE = blendShapeIndex('mouthClose');
/** Below this jaw opening the ratio of closure fades out instead of dividing by nothing. */
const SMALLEST_JAW = 0.02;

interface Curve {
  readonly shape: number;
  readonly values: Float32Array;
}

/**
 * Turns the motion's intention to close the lips into weights that do close them on one head.
 *
 * On the wire `mouthClose` lies in [0, `jawOpen`]; their ratio says how closed the lips are, the same for
 * all heads. The rule stands in tools/assets/README.md.
 */
export class Closure {
  readonly #knots: Float32Array;
  readonly #close: Float32Array;
  readonly #add: readonly Curve[];
  readonly #damp: readonly { readonly shape: number; readonly amount: number }[];

  constructor(curve: ClosureCurve) {
    this.#knots = Float32Array.from(curve.jawOpen);
    this.#close = Float32Array.from(curve.mouthClose);
    this.#add = Object.entries(curve.add).flatMap(([name, values]) =>
      isBlendShape(name)
        ? [{ shape: blendShapeIndex(name), values: Float32Array.from(values) }]
        : [],
    );
    this.#damp = Object.entries(curve.damp).flatMap(([name, amount]) =>
      isBlendShape(name) ? [{ shape: blendShapeIndex(name), amount }] : [],
    );
  }

  /** Change intended weights, (52,), into weights for the mesh, in place. */
  apply(weights: Float32Array): void {
    const jaw = weights[JAW_OPEN] as number;
    const ratio = clamp((weights[MOUTH_CLOSE] as number) / Math.max(jaw, SMALLEST_JAW));
    for (const { shape, amount } of this.#damp) {
      weights[shape] = (weights[shape] as number) * (1 - ratio * amount);
    }
    for (const { shape, values } of this.#add) {
      weights[shape] = clamp((weights[shape] as number) + ratio * this.#at(values, jaw));
    }
    weights[MOUTH_CLOSE] = clamp(ratio * this.#at(this.#close, jaw));
  }

  #at(values: Float32Array, jaw: number): number {
    const knots = this.#knots;
    const last = knots.length - 1;
    if (jaw <= (knots[0] as number)) return values[0] as number;
    for (let i = 1; i <= last; i++) {
      const right = knots[i] as number;
      if (jaw > right) continue;
      const left = knots[i - 1] as number;
      const t = (jaw - left) / (right - left);
      return (values[i - 1] as number) * (1 - t) + (values[i] as number) * t;
    }
    return values[last] as number;
  }
}

function clamp(x: number): number {
  return Math.max(0, Math.min(1, x));
}
