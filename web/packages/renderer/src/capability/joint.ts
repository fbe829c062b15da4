import { Quaternion, type Object3D } from 'three';

/** Joints that a face uses. */
export type JointName = 'neck' | 'head' | 'jaw' | 'leftEye' | 'rightEye';

/** Key in a node's `userData` of the joint that a VRM file says it is. */
export const JOINT_MARK = 'avamotionJoint';

const NAMES: readonly (readonly [JointName, RegExp])[] = [
  ['neck', /^(?:mixamorig[:_]?)?neck(?:_?0?1)?$/i],
  ['head', /^(?:mixamorig[:_]?)?head$/i],
  ['jaw', /^(?:mixamorig[:_]?)?(?:head_?)?jaw(?:_?bone|_?master)?$/i],
  ['leftEye', /^(?:mixamorig[:_]?)?(?:left_?eye|eye_?left|eye[._]l)$/i],
  ['rightEye', /^(?:mixamorig[:_]?)?(?:right_?eye|eye_?right|eye[._]r)$/i],
];

const local = new Quaternion();

/** A node that turns about its place, relative to how it stood in the file. */
export class Joint {
  readonly node: Object3D;
  readonly #rest: Quaternion;
  readonly #parent: Quaternion = new Quaternion();
  readonly #parentInverse: Quaternion;

  /** @param node in its rest pose, with up-to-date matrices */
  constructor(node: Object3D) {
    this.node = node;
    this.#rest = node.quaternion.clone();
    node.parent?.getWorldQuaternion(this.#parent);
    this.#parentInverse = this.#parent.clone().invert();
  }

  /** Turn to a rotation given in the model's axes. */
  turn(rotation: Quaternion): void {
    local.copy(this.#parentInverse).multiply(rotation).multiply(this.#parent);
    this.node.quaternion.copy(local).multiply(this.#rest);
  }
}

/** Find the joints of a model: by what its file says, else by the names of its bones. */
export function findJoints(root: Object3D): ReadonlyMap<JointName, Joint> {
  root.updateMatrixWorld(true);
  const joints = new Map<JointName, Joint>();
  root.traverse((node) => {
    const marked = node.userData[JOINT_MARK] as JointName | undefined;
    if (marked !== undefined) joints.set(marked, new Joint(node));
  });
  root.traverse((node) => {
    if (!('isBone' in node)) return;
    for (const [name, pattern] of NAMES) {
      if (pattern.test(node.name) && !joints.has(name)) joints.set(name, new Joint(node));
    }
  });
  return joints;
}
