import { N_BLEND_SHAPES } from './blendShape.ts';

const HEAD = N_BLEND_SHAPES;
const GAZE = HEAD + 4;

/** Numbers in a pose: 52 weights, a quaternion (x, y, z, w), gaze yaw and pitch. */
export const POSE_SIZE: number = GAZE + 2;

/** One pose of the face, in one flat array so that it crosses threads and mixes without allocation. */
export class Pose {
  readonly values: Float32Array;
  /** Blend-shape weights in [0, 1], in the order of `BLEND_SHAPES`; a view into `values`. */
  readonly weights: Float32Array;
  /** Head rotation relative to rest, (x, y, z, w); a view into `values`. */
  readonly head: Float32Array;

  constructor(values: Float32Array = restValues()) {
    if (values.length !== POSE_SIZE) throw new RangeError(`a pose has ${String(POSE_SIZE)} values`);
    this.values = values;
    this.weights = values.subarray(0, HEAD);
    this.head = values.subarray(HEAD, GAZE);
  }

  /** Gaze relative to the head, radians; grows to the avatar's left. */
  get gazeYawRad(): number {
    return this.values[GAZE] as number;
  }
  set gazeYawRad(value: number) {
    this.values[GAZE] = value;
  }

  /** Gaze relative to the head, radians; grows upwards. */
  get gazePitchRad(): number {
    return this.values[GAZE + 1] as number;
  }
  set gazePitchRad(value: number) {
    this.values[GAZE + 1] = value;
  }

  /** Become the pose at rest. */
  reset(): void {
    this.values.fill(0);
    this.values[HEAD + 3] = 1;
  }

  /** Become equal to another pose. */
  copy(other: Pose): void {
    this.values.set(other.values);
  }

  /** Become the mix of two poses, `t` of the way from one to the other. */
  mix(from: Pose, to: Pose, t: number): void {
    mixPoses(from.values, to.values, t, this.values);
  }
}

/** Values of the pose at rest. */
export function restValues(): Float32Array {
  const values = new Float32Array(POSE_SIZE);
  values[HEAD + 3] = 1;
  return values;
}

/** Write the mix of two poses into `target`, which may be one of them. */
export function mixPoses(
  from: Float32Array,
  to: Float32Array,
  t: number,
  target: Float32Array,
): void {
  // A quaternion and its negative are one rotation: go the short way round.
  let dot = 0;
  for (let i = HEAD; i < GAZE; i++) dot += (from[i] as number) * (to[i] as number);
  const sign = dot < 0 ? -1 : 1;
  for (let i = 0; i < POSE_SIZE; i++) {
    const end = (to[i] as number) * (i >= HEAD && i < GAZE ? sign : 1);
    target[i] = (from[i] as number) + (end - (from[i] as number)) * t;
  }
  let norm = 0;
  for (let i = HEAD; i < GAZE; i++) norm += (target[i] as number) ** 2;
  const scale = norm > 0 ? 1 / Math.sqrt(norm) : 0;
  for (let i = HEAD; i < GAZE; i++) target[i] = (target[i] as number) * scale;
  if (norm === 0) target[HEAD + 3] = 1;
}
