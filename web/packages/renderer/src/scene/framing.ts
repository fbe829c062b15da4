import { blendShapeIndex } from '@avamotion/client';
import {
  Box3,
  Mesh,
  Vector3,
  type BufferAttribute,
  type Object3D,
  type PerspectiveCamera,
} from 'three';
import { bind } from '../capability/binding.ts';
import { findJoints, type Joint } from '../capability/joint.ts';
import { restMatrix } from '../capability/rest.ts';

/** Where the face is. */
export interface Portrait {
  /** Between the eyes. */
  readonly eyes: Vector3;
  /** Distance between the eyes' centres. */
  readonly eyeDistance: number;
  /** Height of the highest hair. */
  readonly crownY: number;
  /** From the middle of the face to the widest hair, ear or cheek. */
  readonly halfWidth: number;
}

type Extent = 'crownY' | 'halfWidth';
type Face = Omit<Portrait, Extent>;

// The picture, in distances between the eyes.
const LEAST_ABOVE = 2.2; // from the eyes to its upper edge
const MOST_ABOVE = 3.6; // a hat may be cut off
const ABOVE_CROWN = 0.3;
const BELOW = 3.8; // from the eyes to its lower edge
const LEAST_WIDTH = 4.1;
const MOST_WIDTH = 5.6; // arms that are held out may be cut off
const BESIDE_HEAD = 0.25;
const CHIN = 1.6; // below the eyes: what is lower is not the head
/** Of a tall screen's spare height, below the shoulders: a bust ends somewhere. */
const SPARE_BELOW = 0.28;
const MOST_SPARE_BELOW = 0.7;
const FOV_DEG = 20;

const EYE_LEFT = /^(eyeleft|lefteye|eye_l|eye\.l)$/i;
const EYE_RIGHT = /^(eyeright|righteye|eye_r|eye\.r)$/i;

/** Find the eyes: by joints, by names, by what blinks, or at last from the box of the mesh with most morph targets. */
export function findPortrait(root: Object3D): Portrait {
  root.updateMatrixWorld(true);
  const face = findEyes(root);
  return { ...face, ...findExtent(root, face) };
}

function findExtent(root: Object3D, { eyes, eyeDistance }: Face): Pick<Portrait, Extent> {
  const least = eyes.y - CHIN * eyeDistance;
  let [crownY, halfWidth] = [-Infinity, 0];
  const point = new Vector3();
  root.traverse((part) => {
    if (!(part instanceof Mesh)) return;
    const toScene = restMatrix(part);
    const points = part.geometry.getAttribute('position');
    for (let i = 0; i < (points?.count ?? 0); i++) {
      point.fromBufferAttribute(points as BufferAttribute, i).applyMatrix4(toScene);
      crownY = Math.max(crownY, point.y);
      if (point.y > least) halfWidth = Math.max(halfWidth, Math.abs(point.x - eyes.x));
    }
  });
  return { crownY, halfWidth };
}

function findEyes(root: Object3D): Face {
  const joints = findJoints(root);
  const left =
    place(joints.get('leftEye')) ?? centreOf(root, EYE_LEFT) ?? blinkCentre(root, 'eyeBlinkLeft');
  const right =
    place(joints.get('rightEye')) ??
    centreOf(root, EYE_RIGHT) ??
    blinkCentre(root, 'eyeBlinkRight');
  if (left !== undefined && right !== undefined && left.distanceTo(right) > 0) {
    return {
      eyes: left.clone().add(right).multiplyScalar(0.5),
      eyeDistance: left.distanceTo(right),
    };
  }
  const box = new Box3().setFromObject(richestMesh(root) ?? root);
  const size = box.getSize(new Vector3());
  const centre = box.getCenter(new Vector3());
  // A head with its neck is about 5 eye distances high; the eyes lie some way above its middle.
  const eyes = new Vector3(centre.x, centre.y + size.y * 0.1, box.max.z);
  return { eyes, eyeDistance: Math.min(size.x / 2.4, size.y / 4) };
}

/** Point a camera at a face for a picture of these proportions. */
export function frame(camera: PerspectiveCamera, portrait: Portrait, aspect: number): void {
  const { eyes, eyeDistance, crownY, halfWidth } = portrait;
  const crown = (crownY - eyes.y) / eyeDistance + ABOVE_CROWN;
  const above = Math.min(MOST_ABOVE, Math.max(LEAST_ABOVE, crown));
  const head = 2 * (halfWidth / eyeDistance + BESIDE_HEAD);
  const width = Math.min(MOST_WIDTH, Math.max(LEAST_WIDTH, head));
  const height = Math.max(above + BELOW, width / aspect) * eyeDistance;
  const distance = height / 2 / Math.tan((FOV_DEG / 2) * (Math.PI / 180));
  const spare = height / eyeDistance - above - BELOW;
  const below = BELOW + Math.min(MOST_SPARE_BELOW, SPARE_BELOW * spare);
  const y = eyes.y + height / 2 - below * eyeDistance;
  camera.fov = FOV_DEG;
  camera.aspect = aspect;
  camera.near = distance / 20;
  camera.far = distance * 8;
  camera.position.set(eyes.x, y + 0.12 * eyeDistance, eyes.z + distance);
  camera.lookAt(eyes.x, y, eyes.z);
  camera.updateProjectionMatrix();
}

function place(joint: Joint | undefined): Vector3 | undefined {
  return joint?.node.getWorldPosition(new Vector3());
}

/** Middle of what a blink moves. */
function blinkCentre(
  root: Object3D,
  control: 'eyeBlinkLeft' | 'eyeBlinkRight',
): Vector3 | undefined {
  const binding = bind(root).controls[blendShapeIndex(control)]?.[0];
  const geometry = binding?.mesh.geometry;
  const deltas = geometry?.morphAttributes['position']?.[binding?.index ?? -1];
  const points = geometry?.getAttribute('position');
  if (binding === undefined || deltas === undefined || points === undefined) return undefined;
  const sum = new Vector3();
  const point = new Vector3();
  let weight = 0;
  for (let i = 0; i < deltas.count; i++) {
    const move = Math.hypot(deltas.getX(i), deltas.getY(i), deltas.getZ(i));
    if (move === 0) continue;
    sum.addScaledVector(point.set(points.getX(i), points.getY(i), points.getZ(i)), move);
    weight += move;
  }
  if (weight === 0) return undefined;
  return sum.divideScalar(weight).applyMatrix4(binding.mesh.matrixWorld);
}

function centreOf(root: Object3D, name: RegExp): Vector3 | undefined {
  let found: Object3D | undefined;
  root.traverse((part) => {
    if (found === undefined && name.test(part.name)) found = part;
  });
  if (found === undefined) return undefined;
  const box = new Box3().setFromObject(found);
  return box.isEmpty() ? found.getWorldPosition(new Vector3()) : box.getCenter(new Vector3());
}

function richestMesh(root: Object3D): Mesh | undefined {
  let richest: Mesh | undefined;
  root.traverse((part) => {
    if (!(part instanceof Mesh)) return;
    const n = part.morphTargetInfluences?.length ?? 0;
    if (n > (richest?.morphTargetInfluences?.length ?? 0)) richest = part;
  });
  return richest;
}
