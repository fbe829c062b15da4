import { BLEND_SHAPES, type BlendShape } from '@avamotion/client';
import { BufferAttribute, BufferGeometry, Group, Mesh, MeshStandardMaterial, Vector3 } from 'three';

/** Heads as others export them, made of ours. */

interface Baked {
  readonly points: number[];
  readonly corners: number[];
  readonly deltas: Readonly<Record<string, number[]>>;
}

/** Parts of a head in plain numbers, metres. */
function bake(head: Group, shapes: readonly BlendShape[], wanted: (mesh: Mesh) => boolean): Baked {
  head.updateMatrixWorld(true);
  const points: number[] = [];
  const corners: number[] = [];
  const deltas: Record<string, number[]> = Object.fromEntries(shapes.map((name) => [name, []]));
  const place = new Vector3();
  const moved = new Vector3();
  head.traverse((part) => {
    if (!(part instanceof Mesh) || !wanted(part)) return;
    const first = points.length / 3;
    const count = part.geometry.getAttribute('position')?.count ?? 0;
    const influences = part.morphTargetInfluences ?? [];
    for (let i = 0; i < count; i++) {
      influences.fill(0);
      part.getVertexPosition(i, place).applyMatrix4(part.matrixWorld);
      points.push(...place.toArray());
      for (const name of shapes) {
        const index = part.morphTargetDictionary?.[name];
        if (index !== undefined) influences[index] = 1;
        part.getVertexPosition(i, moved).applyMatrix4(part.matrixWorld);
        if (index !== undefined) influences[index] = 0;
        deltas[name]?.push(...moved.sub(place).toArray());
      }
    }
    const { index } = part.geometry;
    for (let i = 0; i < (index?.count ?? 0); i++) corners.push(first + (index?.getX(i) ?? 0));
  });
  return { points, corners, deltas };
}

function build({ points, deltas }: Baked, corners: readonly number[], targets: Targets): Mesh {
  const geometry = new BufferGeometry();
  geometry.setAttribute('position', new BufferAttribute(Float32Array.from(points), 3));
  geometry.setIndex([...corners]);
  geometry.morphTargetsRelative = true;
  geometry.morphAttributes['position'] = Object.values(targets).map((sum) => {
    const whole = new Float32Array(points.length);
    for (const [shape, weight] of Object.entries(sum)) {
      deltas[shape]?.forEach((delta, i) => (whole[i] = (whole[i] as number) + weight * delta));
    }
    return new BufferAttribute(whole, 3);
  });
  const mesh = new Mesh(geometry, new MeshStandardMaterial({ name: 'Skin' }));
  mesh.morphTargetInfluences = Object.keys(targets).map(() => 0);
  mesh.morphTargetDictionary = Object.fromEntries(Object.keys(targets).map((name, i) => [name, i]));
  return mesh;
}

/** Morph targets by name, each a sum of ARKit shapes. */
export type Targets = Readonly<Record<string, Partial<Record<BlendShape, number>>>>;

/** ARKit's shapes, some of them at another strength; 0 leaves one out. */
export function arkit(strengths: Partial<Record<BlendShape, number>> = {}): Targets {
  return Object.fromEntries(
    BLEND_SHAPES.filter((name) => strengths[name] !== 0).map((name) => [
      name,
      { [name]: strengths[name] ?? 1 },
    ]),
  );
}

/**
 * Make a head with other morph targets.
 *
 * @param form `whole`: skin, teeth and tongue in one mesh; `halves`: the skin in two meshes, parted at the lips
 */
export function foreignHead(head: Group, targets: Targets, form: 'whole' | 'halves'): Group {
  const shapes = [...new Set(Object.values(targets).flatMap((sum) => Object.keys(sum)))];
  const names = form === 'whole' ? /skin|teeth|gum|tongue/i : /skin/i;
  const baked = bake(head, shapes as BlendShape[], ({ material }) =>
    names.test((material as MeshStandardMaterial).name),
  );
  if (form === 'whole') return new Group().add(build(baked, baked.corners, targets));
  const [upper, lower]: [number[], number[]] = [[], []];
  for (let i = 0; i < baked.corners.length; i += 3) {
    const triangle = baked.corners.slice(i, i + 3);
    const y = triangle.reduce((sum, corner) => sum + (baked.points[3 * corner + 1] ?? 0), 0) / 3;
    (y > -0.068 ? upper : lower).push(...triangle);
  }
  return new Group().add(build(baked, upper, targets), build(baked, lower, targets));
}
