import { Box3, Mesh, Vector3, type Object3D, type PerspectiveCamera } from 'three';

/** Where the face is. */
export interface Portrait {
  /** Between the eyes. */
  readonly eyes: Vector3;
  /** Distance between the eyes' centres. */
  readonly eyeDistance: number;
}

/** Picture height and width around a face, in distances between the eyes. */
const HEIGHT = 6;
const LEAST_WIDTH = 4.1;
/** How far below the eyes the picture's middle lies. */
const BELOW = 0.8;
const FOV_DEG = 20;

/** Find the eyes: by their names, else from the box of the mesh that has most morph targets. */
export function findPortrait(root: Object3D): Portrait {
  root.updateMatrixWorld(true);
  const left = centreOf(root, /^(eyeleft|lefteye|eye_l|eye\.l|j_adj_l_faceeye)$/i);
  const right = centreOf(root, /^(eyeright|righteye|eye_r|eye\.r|j_adj_r_faceeye)$/i);
  if (left !== undefined && right !== undefined) {
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
  const { eyes, eyeDistance } = portrait;
  const height = Math.max(HEIGHT, LEAST_WIDTH / aspect) * eyeDistance;
  const distance = height / 2 / Math.tan((FOV_DEG / 2) * (Math.PI / 180));
  const y = eyes.y - BELOW * eyeDistance;
  camera.fov = FOV_DEG;
  camera.aspect = aspect;
  camera.near = distance / 20;
  camera.far = distance * 8;
  camera.position.set(eyes.x, y + 0.12 * eyeDistance, eyes.z + distance);
  camera.lookAt(eyes.x, y, eyes.z);
  camera.updateProjectionMatrix();
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
