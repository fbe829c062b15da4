/** One pose at one media time. */
export interface MotionFrame {
  /** Presentation time in microseconds since the turn began. */
  readonly ptsUs: number;
  /** The pose's flat values, see `Pose`. */
  readonly values: Float32Array;
}
