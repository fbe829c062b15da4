import { BufferAttribute, BufferGeometry, Mesh, MeshStandardMaterial } from 'three';

/** A mesh one unit high whose morph targets of these names move it down a little. */
export function mesh(
  names: readonly string[],
  { material = 'Skin', move = -0.1 }: { material?: string; move?: number } = {},
): Mesh {
  const geometry = new BufferGeometry();
  geometry.setAttribute('position', points([0, 0, 0, 1, 0, 0, 0, 1, 0]));
  geometry.morphAttributes['position'] = names.map(() => points([0, move, 0, 0, move, 0, 0, 0, 0]));
  geometry.morphTargetsRelative = true;
  const made = new Mesh(geometry, new MeshStandardMaterial({ name: material }));
  made.morphTargetDictionary = Object.fromEntries(names.map((name, i) => [name, i]));
  made.morphTargetInfluences = names.map(() => 0);
  return made;
}

function points(values: readonly number[]): BufferAttribute {
  return new BufferAttribute(Float32Array.from(values), 3);
}
