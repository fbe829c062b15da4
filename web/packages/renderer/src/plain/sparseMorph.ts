import type { BufferGeometry } from 'three';

/** A morph target's move of the vertices that it moves at all. */
export interface SparseMorph {
  /** Which vertices, (N,). */
  readonly vertices: Uint32Array;
  /** How far, (3N,), in the mesh's own units. */
  readonly positions: Float32Array;
  /** How their normals change, (3N,). */
  readonly normals: Float32Array;
}

type Points = { readonly count: number } & Record<'getX' | 'getY' | 'getZ', (i: number) => number>;

/** Read a morph target; in glTF they are relative to the mesh. */
export function sparseMorph(geometry: BufferGeometry, index: number): SparseMorph {
  const { position = [], normal = [] } = geometry.morphAttributes;
  const moves = position[index] as Points | undefined;
  const turns = normal[index] as Points | undefined;
  const n = moves?.count ?? turns?.count ?? 0;
  const vertices = new Uint32Array(n);
  const positions = new Float32Array(3 * n);
  const normals = new Float32Array(3 * n);
  let found = 0;
  for (let i = 0; i < n; i++) {
    const at = 3 * found;
    if (moves !== undefined) read(moves, i, positions, at);
    if (turns !== undefined) read(turns, i, normals, at);
    if (isZero(positions, at) && isZero(normals, at)) continue;
    vertices[found++] = i;
  }
  return {
    vertices: vertices.slice(0, found),
    positions: positions.slice(0, 3 * found),
    normals: normals.slice(0, 3 * found),
  };
}

/** Add a share of a morph target to positions and normals, (3N,) each. */
export function addMorph(
  morph: SparseMorph,
  weight: number,
  position: Float32Array,
  normal: Float32Array,
): void {
  const { vertices, positions, normals } = morph;
  for (let i = 0; i < vertices.length; i++) {
    const from = 3 * i;
    const to = 3 * (vertices[i] as number);
    for (let axis = 0; axis < 3; axis++) {
      position[to + axis] =
        (position[to + axis] as number) + weight * (positions[from + axis] as number);
      normal[to + axis] = (normal[to + axis] as number) + weight * (normals[from + axis] as number);
    }
  }
}

function read(points: Points, i: number, target: Float32Array, at: number): void {
  target[at] = points.getX(i);
  target[at + 1] = points.getY(i);
  target[at + 2] = points.getZ(i);
}

function isZero(values: Float32Array, at: number): boolean {
  return values[at] === 0 && values[at + 1] === 0 && values[at + 2] === 0;
}
