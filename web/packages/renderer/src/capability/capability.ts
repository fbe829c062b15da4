import { BLEND_SHAPES, blendShapeIndex, type BlendShape } from '@avamotion/client';
import { Mesh, Vector3, type Object3D } from 'three';
import { bind, type Binding } from './binding.ts';
import { controlIndex, VISEMES, VRM_EXPRESSIONS, type Control } from './control.ts';
import { findJoints, type JointName } from './joint.ts';

/**
 * How well a model can speak: with ARKit's shapes, with visemes, with VRM's vowels, by its jaw alone, or not at all.
 */
export type CapabilityLevel = 'arkit' | 'visemes' | 'vowels' | 'jaw' | 'none';

/** How well a model's lips shut on p, b and m. */
export interface LipReport {
  /** Whose closure curve is used: its file's, one measured on the mesh, a guess; or none, where a jaw joint shuts the mouth. */
  readonly curve: 'file' | 'measured' | 'assumed' | 'none';
  /** Whether the lips meet; undefined if they cannot be found. */
  readonly seals: boolean | undefined;
  /** Largest gap left between them over a jaw at 0.1, 0.3 and 0.6, millimetres; undefined if they cannot be found. */
  readonly gapMm: number | undefined;
  /** How far the jaw may be open with the lips shut: beyond that it is drawn up; undefined if they cannot be found. */
  readonly shutUpTo: number | undefined;
}

/** What a model can do, and what it lacks. */
export interface CapabilityReport {
  readonly level: CapabilityLevel;
  /** Controls that move something, and the names of the morph targets they move. */
  readonly found: Readonly<Partial<Record<Control, readonly string[]>>>;
  /** ARKit shapes that nothing answers to. */
  readonly missing: readonly BlendShape[];
  /** Morph targets that are not used. */
  readonly unknown: readonly string[];
  readonly joints: readonly JointName[];
  readonly vertices: number;
  /** Why the model cannot speak; empty unless `level` is `none`. */
  readonly problems: readonly string[];
  /** What will look worse than it might. */
  readonly warnings: readonly string[];
  /** Undefined as long as nobody has looked: `Avatar.measureLips` does. */
  readonly lips: LipReport | undefined;
}

const MOUTH_CORE: readonly BlendShape[] = [
  'mouthClose',
  'mouthFunnel',
  'mouthPucker',
  'mouthSmileLeft',
  'mouthSmileRight',
  'mouthStretchLeft',
  'mouthStretchRight',
  'mouthUpperUpLeft',
  'mouthUpperUpRight',
  'mouthLowerDownLeft',
  'mouthLowerDownRight',
  'mouthRollLower',
];
const ENOUGH_OF_CORE = 8;
const ENOUGH_VISEMES = 8;
const ENOUGH_VOWELS = 3;
const LEAST_EFFECT = 0.001; // of the model's height
const MANY_VERTICES = 200_000;
const TEETH = /teeth|tooth|tongue/i;

/** Find out what a model can do. */
export function inspect(root: Object3D): CapabilityReport {
  const { controls, unknown, unnamed } = bind(root);
  const joints = findJoints(root);
  const warnings: string[] = [];
  const height = modelHeight(root);
  const found: Partial<Record<Control, readonly string[]>> = {};
  const has = (control: Control): boolean => {
    if (control in found) return true;
    const bindings = controls[controlIndex(control)] ?? [];
    if (bindings.length === 0) return false;
    if (!bindings.some((binding) => moves(binding, LEAST_EFFECT * height))) {
      warnings.push(`${control} is there but moves nothing.`);
      return false;
    }
    found[control] = [...new Set(bindings.map(({ name }) => name))];
    return true;
  };
  const missing = BLEND_SHAPES.filter((name) => !has(name));
  const visemes = VISEMES.filter((name) => has(`viseme_${name}`));
  const vowels = VRM_EXPRESSIONS.slice(0, 5).filter((name) => has(`vrm_${name}`));
  for (const name of VRM_EXPRESSIONS.slice(5)) has(`vrm_${name}`);
  const core = MOUTH_CORE.filter((name) => name in found);
  const level = levelOf({
    jaw: 'jawOpen' in found,
    core: core.length,
    visemes: visemes.length,
    vowels: vowels.length,
    jawBone: joints.has('jaw'),
  });
  warnings.push(...warn(root, level, found, joints, controls[blendShapeIndex('jawOpen')] ?? []));
  const problems = level === 'none' ? whyNot(unknown, unnamed) : [];
  const vertices = countVertices(root);
  if (vertices > MANY_VERTICES)
    warnings.push(`It has ${String(vertices)} vertices: phones will be slow.`);
  return {
    level,
    found,
    missing,
    unknown,
    joints: [...joints.keys()],
    vertices,
    problems,
    warnings,
    lips: undefined,
  };
}

function levelOf(count: {
  jaw: boolean;
  core: number;
  visemes: number;
  vowels: number;
  jawBone: boolean;
}): CapabilityLevel {
  if (count.jaw && count.core >= ENOUGH_OF_CORE) return 'arkit';
  if (count.visemes >= ENOUGH_VISEMES) return 'visemes';
  if (count.vowels >= ENOUGH_VOWELS) return 'vowels';
  return count.jaw || count.jawBone ? 'jaw' : 'none';
}

function warn(
  root: Object3D,
  level: CapabilityLevel,
  found: Readonly<Partial<Record<Control, readonly string[]>>>,
  joints: ReadonlyMap<JointName, unknown>,
  jaw: readonly Binding[],
): readonly string[] {
  const warnings: string[] = [];
  const blinks = 'eyeBlinkLeft' in found || 'vrm_blink' in found || 'vrm_blinkLeft' in found;
  if (level !== 'none' && !blinks) warnings.push('It cannot blink.');
  if (level === 'jaw')
    warnings.push('Only its jaw moves: on p, b and m it shuts, and f looks like them.');
  if (!joints.has('head'))
    warnings.push('It has no head joint: the whole model turns, and only a little.');
  if (jaw.length > 0 && jaw.every((binding) => fall(binding) <= 0)) {
    warnings.push('jawOpen does not lower the chin.');
  }
  const teeth: string[] = [];
  root.traverse((part) => {
    if (part instanceof Mesh && TEETH.test(part.name) && !movesWith(part, jaw))
      teeth.push(part.name);
  });
  const lower = teeth.filter((name) => /lower|bottom|tongue/i.test(name));
  if (jaw.length > 0 && !joints.has('jaw') && lower.length > 0) {
    warnings.push(`The jaw leaves ${lower.join(', ')} behind.`);
  }
  return warnings;
}

function movesWith(mesh: Mesh, jaw: readonly Binding[]): boolean {
  return jaw.some((binding) => binding.mesh === mesh);
}

function whyNot(unknown: readonly string[], unnamed: number): readonly string[] {
  if (unnamed > 0) {
    return [`It has ${String(unnamed)} morph targets without names: export them with their names.`];
  }
  if (unknown.length > 0) {
    const some = unknown.slice(0, 5).join(', ');
    return [`Its morph targets (${some}, …) have no names that we know: name them as ARKit does.`];
  }
  return ['It has no morph targets and no jaw joint, so its mouth cannot move.'];
}

const scale = new Vector3();

/** Whether a morph target moves anything further than a limit, in the model's units. */
function moves({ mesh, index }: Binding, limit: number): boolean {
  const deltas = mesh.geometry.morphAttributes['position']?.[index];
  const least = limit / mesh.getWorldScale(scale).y;
  for (let i = 0; i < (deltas?.count ?? 0); i++) {
    const size = Math.max(
      Math.abs(deltas?.getX(i) ?? 0),
      Math.abs(deltas?.getY(i) ?? 0),
      Math.abs(deltas?.getZ(i) ?? 0),
    );
    if (size > least) return true;
  }
  return false;
}

/** How far down a morph target moves its mesh on the whole. */
function fall({ mesh, index }: Binding): number {
  const deltas = mesh.geometry.morphAttributes['position']?.[index];
  let down = 0;
  for (let i = 0; i < (deltas?.count ?? 0); i++) down -= deltas?.getY(i) ?? 0;
  return down;
}

function modelHeight(root: Object3D): number {
  root.updateMatrixWorld(true);
  let low = Infinity;
  let high = -Infinity;
  root.traverse((part) => {
    if (!(part instanceof Mesh) || part.morphTargetInfluences === undefined) return;
    // A loader knows the box from the file; to compute it means to read every morph target.
    if (part.geometry.boundingBox === null) part.geometry.computeBoundingBox();
    const box = part.geometry.boundingBox?.clone().applyMatrix4(part.matrixWorld);
    if (box === undefined || box.isEmpty()) return;
    low = Math.min(low, box.min.y);
    high = Math.max(high, box.max.y);
  });
  return high > low ? high - low : 1;
}

function countVertices(root: Object3D): number {
  let n = 0;
  root.traverse((part) => {
    if (part instanceof Mesh) n += part.geometry.getAttribute('position')?.count ?? 0;
  });
  return n;
}
