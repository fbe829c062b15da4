import { blendShapeIndex, N_BLEND_SHAPES, type Pose } from '@avamotion/client';
import { Quaternion, Vector3, type Object3D } from 'three';
import type { ClosureCurve } from '../avatar/metadata.ts';
import { bind } from '../capability/binding.ts';
import type { CapabilityLevel } from '../capability/capability.ts';
import { N_CONTROLS } from '../capability/control.ts';
import { findJoints, type Joint, type JointName } from '../capability/joint.ts';
import { project } from '../capability/projection.ts';
import { chooseBindings } from '../capability/vocabulary.ts';
import { Closure } from './closure.ts';
import { MouthInterior } from './mouthInterior.ts';

/** Gaze at which an eyeLook shape is at weight 1; eyes turn 20° to 25° there. */
const FULL_GAZE_RAD = 0.4;
/** Share of the head's rotation that a bust without a neck makes as a whole. */
const BUST_SHARE = 0.5;
/** How far a jaw joint opens at weight 1. */
const JAW_RAD = 0.35;

const JAW_OPEN = blendShapeIndex('jawOpen');
const MOUTH_CLOSE = blendShapeIndex('mouthClose');
const LOOK = {
  leftIn: blendShapeIndex('eyeLookInLeft'),
  leftOut: blendShapeIndex('eyeLookOutLeft'),
  leftUp: blendShapeIndex('eyeLookUpLeft'),
  leftDown: blendShapeIndex('eyeLookDownLeft'),
  rightIn: blendShapeIndex('eyeLookInRight'),
  rightOut: blendShapeIndex('eyeLookOutRight'),
  rightUp: blendShapeIndex('eyeLookUpRight'),
  rightDown: blendShapeIndex('eyeLookDownRight'),
} as const;

const IDENTITY = new Quaternion();
const RIGHTWARDS = new Vector3(1, 0, 0); // the axis about which a jaw drops and eyes look down
const UPWARDS = new Vector3(0, 1, 0);
const scratch = new Quaternion();
const share = new Quaternion();

/** One morph target and the control that moves it. */
interface Move {
  readonly influences: number[];
  readonly index: number;
  readonly control: number;
  /** Weight of the target when the control is at 1. */
  readonly scale: number;
}

/** Puts poses onto a model: morph targets, joints of neck, head, jaw and eyes. */
export class Face {
  readonly #moves: readonly Move[];
  readonly #joints: ReadonlyMap<JointName, Joint>;
  readonly #neck: readonly Joint[];
  readonly #jaw: Joint | undefined;
  readonly #eyes: readonly Joint[];
  readonly #root: Object3D;
  readonly #rest: Quaternion;
  readonly #closure: Closure | undefined;
  readonly #interior: MouthInterior;
  readonly #values: Float32Array = new Float32Array(N_CONTROLS);
  readonly #weights: Float32Array = this.#values.subarray(0, N_BLEND_SHAPES);

  constructor(root: Object3D, closure: ClosureCurve | undefined, level: CapabilityLevel = 'arkit') {
    this.#root = root;
    this.#rest = root.quaternion.clone();
    const bindings = chooseBindings(bind(root).controls, level);
    this.#moves = bindings.flatMap((list, control) =>
      list.map(({ mesh, index, scale }) => ({
        influences: mesh.morphTargetInfluences as number[],
        index,
        control,
        scale,
      })),
    );
    this.#joints = findJoints(root);
    this.#neck = (['neck', 'head'] as const).flatMap((name) => this.#joints.get(name) ?? []);
    const jawMoves = bindings[JAW_OPEN]?.length !== 0;
    this.#jaw = level === 'jaw' && !jawMoves ? this.#joints.get('jaw') : undefined;
    const eyesMove = bindings[LOOK.leftOut]?.length !== 0;
    this.#eyes = eyesMove
      ? []
      : (['leftEye', 'rightEye'] as const).flatMap((name) => this.#joints.get(name) ?? []);
    this.#closure = closure && new Closure(closure);
    this.#interior = new MouthInterior(root);
  }

  /** Show a pose. */
  apply(pose: Pose): void {
    this.#weights.set(pose.weights);
    addGaze(this.#weights, pose.gazeYawRad, pose.gazePitchRad);
    this.#closure?.apply(this.#weights);
    project(this.#values);
    this.#setMorphs();
    this.#interior.apply(this.#weights);
    this.#turnHead(pose.head);
    this.#dropJaw();
    this.#turnEyes(pose.gazeYawRad, pose.gazePitchRad);
  }

  #setMorphs(): void {
    // Several controls may share a morph target: add up.
    for (let i = 0; i < this.#moves.length; i++) {
      const { influences, index } = this.#moves[i] as Move;
      influences[index] = 0;
    }
    for (let i = 0; i < this.#moves.length; i++) {
      const { influences, index, control, scale } = this.#moves[i] as Move;
      const value = this.#values[control] as number;
      if (value > 0) influences[index] = Math.min(1, (influences[index] as number) + value * scale);
    }
  }

  #turnHead(head: Float32Array): void {
    scratch.set(head[0] as number, head[1] as number, head[2] as number, head[3] as number);
    if (this.#neck.length === 0) {
      share.slerpQuaternions(IDENTITY, scratch, BUST_SHARE);
      this.#root.quaternion.copy(share).multiply(this.#rest);
      return;
    }
    share.slerpQuaternions(IDENTITY, scratch, 1 / this.#neck.length);
    for (const joint of this.#neck) joint.turn(share);
  }

  #dropJaw(): void {
    if (this.#jaw === undefined) return;
    const open = (this.#weights[JAW_OPEN] as number) - (this.#weights[MOUTH_CLOSE] as number);
    this.#jaw.turn(scratch.setFromAxisAngle(RIGHTWARDS, JAW_RAD * Math.max(0, open)));
  }

  #turnEyes(yawRad: number, pitchRad: number): void {
    if (this.#eyes.length === 0) return;
    scratch.setFromAxisAngle(UPWARDS, yawRad);
    scratch.multiply(share.setFromAxisAngle(RIGHTWARDS, -pitchRad));
    for (const eye of this.#eyes) eye.turn(scratch);
  }
}

function addGaze(weights: Float32Array, yawRad: number, pitchRad: number): void {
  const yaw = yawRad / FULL_GAZE_RAD;
  const pitch = pitchRad / FULL_GAZE_RAD;
  // To the avatar's left: the left eye turns outwards, the right one inwards.
  add(weights, LOOK.leftOut, yaw);
  add(weights, LOOK.rightIn, yaw);
  add(weights, LOOK.leftIn, -yaw);
  add(weights, LOOK.rightOut, -yaw);
  add(weights, LOOK.leftUp, pitch);
  add(weights, LOOK.rightUp, pitch);
  add(weights, LOOK.leftDown, -pitch);
  add(weights, LOOK.rightDown, -pitch);
}

function add(weights: Float32Array, shape: number, amount: number): void {
  if (amount > 0) weights[shape] = Math.min(1, (weights[shape] as number) + amount);
}
