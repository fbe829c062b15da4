import type { Pose } from '../media/pose.ts';

/** Says what a face does; asked once per display frame. */
export interface PoseSource {
  /** Change `pose`, which holds the view's own idle pose of this moment, into the pose to show. */
  sample(nowMs: number, pose: Pose): void;
  /** The pose asked for last has been drawn. */
  drawn(nowMs: number): void;
}

/** What a player needs of a view. `@avamotion/renderer` has one. */
export interface FaceView {
  /** Show what a source says from now on; without one the face idles. */
  setPoseSource(source: PoseSource | undefined): void;
}
