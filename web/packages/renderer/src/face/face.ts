import { blendShapeIndex, isBlendShape, N_BLEND_SHAPES, type Pose } from '@avamotion/client';
import { Bone, Mesh, Quaternion, type Object3D } from 'three';
import type { ClosureCurve } from '../avatar/metadata.ts';
import { Closure } from './closure.ts';
import { MouthInterior } from './mouthInterior.ts';

interface Binding {
  readonly influences: number[];
  readonly index: number;
}

interface Joint {
  readonly bone: Object3D;
  readonly rest: Quaternion;
  /** Rotation of the bone's parent in the rest pose, and its inverse. */
  readonly parent: Quaternion;
  readonly parentInverse: Quaternion;
}

/** Gaze at which an eyeLook shape is at weight 1; eyes turn 20° to 25° there. */
const FULL_GAZE_RAD = 0.4;
/** Share of the head's rotation that a bust without a neck makes as a whole. */
const BUST_SHARE = 0.5;

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
const scratch = new Quaternion();
const share = new Quaternion();

/** Puts poses onto a model: morph targets, joints of neck and head, gaze. */
export class Face {
  readonly #bindings: readonly (readonly Binding[])[];
  readonly #joints: readonly Joint[];
  readonly #root: Object3D;
  readonly #closure: Closure | undefined;
  readonly #interior: MouthInterior;
  readonly #weights: Float32Array = new Float32Array(N_BLEND_SHAPES);

  constructor(root: Object3D, closure: ClosureCurve | undefined) {
    this.#root = root;
    this.#bindings = bindMorphs(root);
    this.#joints = findJoints(root);
    this.#closure = closure && new Closure(closure);
    this.#interior = new MouthInterior(root);
  }

  /** Names of the blend shapes that do something on this model. */
  get shapes(): readonly number[] {
    return this.#bindings.flatMap((bindings, shape) => (bindings.length > 0 ? [shape] : []));
  }

  /** Show a pose. */
  apply(pose: Pose): void {
    const weights = this.#weights;
    weights.set(pose.weights);
    addGaze(weights, pose.gazeYawRad, pose.gazePitchRad);
    this.#closure?.apply(weights);
    for (let shape = 0; shape < N_BLEND_SHAPES; shape++) {
      for (const { influences, index } of this.#bindings[shape] as readonly Binding[]) {
        influences[index] = weights[shape] as number;
      }
    }
    this.#interior.apply(weights);
    this.#turnHead(pose.head);
  }

  #turnHead(head: Float32Array): void {
    scratch.set(head[0] as number, head[1] as number, head[2] as number, head[3] as number);
    const n = this.#joints.length;
    if (n === 0) {
      this.#root.quaternion.slerpQuaternions(IDENTITY, scratch, BUST_SHARE);
      return;
    }
    share.slerpQuaternions(IDENTITY, scratch, 1 / n);
    for (const { bone, rest, parent, parentInverse } of this.#joints) {
      bone.quaternion.copy(parentInverse).multiply(share).multiply(parent).multiply(rest);
    }
  }
}

function bindMorphs(root: Object3D): readonly (readonly Binding[])[] {
  const bindings: Binding[][] = Array.from({ length: N_BLEND_SHAPES }, () => []);
  root.traverse((part) => {
    if (!(part instanceof Mesh)) return;
    const influences = part.morphTargetInfluences;
    if (influences === undefined) return;
    for (const [name, index] of Object.entries(part.morphTargetDictionary ?? {})) {
      if (isBlendShape(name)) bindings[blendShapeIndex(name)]?.push({ influences, index });
    }
  });
  return bindings;
}

function findJoints(root: Object3D): readonly Joint[] {
  root.updateMatrixWorld(true);
  const joints: Joint[] = [];
  root.traverse((part) => {
    if (!(part instanceof Bone) || !/^(neck|head)$/i.test(part.name)) return;
    const parent = new Quaternion();
    part.parent?.getWorldQuaternion(parent);
    joints.push({
      bone: part,
      rest: part.quaternion.clone(),
      parent,
      parentInverse: parent.clone().invert(),
    });
  });
  return joints;
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
