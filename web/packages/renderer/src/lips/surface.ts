import {
  Matrix4,
  type BufferAttribute,
  type InterleavedBufferAttribute,
  type Mesh,
  type Object3D,
} from 'three';
import type { Binding } from '../capability/binding.ts';
import { restMatrix } from '../capability/rest.ts';

type Attribute = BufferAttribute | InterleavedBufferAttribute;

/** One mesh of a surface. */
export interface Part {
  readonly mesh: Mesh;
  /** Its first vertex in the surface. */
  readonly first: number;
  /** From the mesh's own units to millimetres of the head at rest. */
  readonly toMm: Matrix4;
}

/** The skin that a jaw moves: all its meshes as one, x to the avatar's left, y up, z forwards. */
export interface Surface {
  readonly parts: readonly Part[];
  /** Rest, millimetres, three per vertex. */
  readonly positions: Float32Array;
  /** How far the open jaw lowers each vertex, millimetres. */
  readonly drop: Float32Array;
  /** Largest of `drop`. */
  readonly mostDrop: number;
  /** Corners, three per triangle. */
  readonly triangles: Uint32Array;
}

/** A morph target and how much of it belongs to a pose. */
export interface Move {
  readonly binding: Binding;
  readonly weight: number;
}

const NO_SKIN = /teeth|tooth|tongue|gum|lash|eye|brow|hair|beard/i;
/** Share of the drop that a vertex of the chin has at least. */
export const FALLS = 0.2;
/** How wide the falling part of a face may be, metres; else the file has units of its own. */
const JAW_WIDTH_M: readonly [number, number] = [0.05, 0.3];
const USUAL_JAW_MM = 125;

/**
 * Gather what the jaw moves.
 *
 * @param opening the morph targets that open the mouth
 * @returns undefined if they move no skin downwards
 */
export function readSurface(root: Object3D, opening: readonly Move[]): Surface | undefined {
  root.updateMatrixWorld(true);
  const meshes = [...new Set(opening.map(({ binding }) => binding.mesh))].filter(isSkin);
  const count = meshes.reduce((sum, mesh) => sum + positionsOf(mesh).count, 0);
  const positions = new Float32Array(3 * count);
  const drop = new Float32Array(count);
  const parts: { mesh: Mesh; first: number; toMm: Matrix4 }[] = [];
  let first = 0;
  for (const mesh of meshes) {
    const moves = opening.filter(({ binding }) => binding.mesh === mesh);
    const toMm = restMatrix(mesh, lowestMove(moves));
    readPart(mesh, moves, toMm, positions.subarray(3 * first), drop.subarray(first));
    parts.push({ mesh, first, toMm });
    first += positionsOf(mesh).count;
  }
  const mostDrop = drop.reduce((most, one) => Math.max(most, one), 0);
  if (mostDrop <= 0) return undefined;
  const scale = millimetres(positions, drop, mostDrop);
  for (let i = 0; i < positions.length; i++) positions[i] = (positions[i] as number) * scale;
  for (let i = 0; i < drop.length; i++) drop[i] = (drop[i] as number) * scale;
  const enlarge = new Matrix4().makeScale(scale, scale, scale);
  for (const part of parts) part.toMm.premultiply(enlarge);
  return { parts, positions, drop, mostDrop: mostDrop * scale, triangles: readTriangles(parts) };
}

function isSkin(mesh: Mesh): boolean {
  const { material } = mesh;
  const names = [mesh.name, ...[material].flat().map(({ name }) => name)];
  return !names.some((name) => NO_SKIN.test(name) && !/head|face|skin|body/i.test(name));
}

function positionsOf(mesh: Mesh): Attribute {
  return mesh.geometry.getAttribute('position');
}

/** The vertex that the first of some morph targets moves furthest. */
function lowestMove(moves: readonly Move[]): number {
  const deltas = moves[0] && deltasOf(moves[0].binding);
  let vertex = 0;
  let most = 0;
  for (let i = 0; i < (deltas?.count ?? 0); i++) {
    const size = Math.abs(deltas?.getY(i) ?? 0) + Math.abs(deltas?.getZ(i) ?? 0);
    if (size > most) [most, vertex] = [size, i];
  }
  return vertex;
}

/** How a morph target moves the vertices of its mesh, in the mesh's units. */
export function deltasOf({ mesh, index }: Binding): Attribute | undefined {
  return mesh.geometry.morphAttributes['position']?.[index];
}

function readPart(
  mesh: Mesh,
  moves: readonly Move[],
  matrix: Matrix4,
  positions: Float32Array,
  drop: Float32Array,
): void {
  const m = matrix.elements;
  const points = positionsOf(mesh);
  for (let i = 0; i < points.count; i++) {
    const x = points.getX(i);
    const y = points.getY(i);
    const z = points.getZ(i);
    positions[3 * i] = m[0] * x + m[4] * y + m[8] * z + m[12];
    positions[3 * i + 1] = m[1] * x + m[5] * y + m[9] * z + m[13];
    positions[3 * i + 2] = m[2] * x + m[6] * y + m[10] * z + m[14];
  }
  for (const { binding, weight } of moves) {
    const deltas = deltasOf(binding);
    if (deltas === undefined) continue;
    for (let i = 0; i < deltas.count; i++) {
      const down = -(m[1] * deltas.getX(i) + m[5] * deltas.getY(i) + m[9] * deltas.getZ(i));
      drop[i] = (drop[i] as number) + weight * down;
    }
  }
}

/** Millimetres per unit: glTF has metres, but not every file keeps to it. */
function millimetres(positions: Float32Array, drop: Float32Array, mostDrop: number): number {
  let left = Infinity;
  let right = -Infinity;
  for (let i = 0; i < drop.length; i++) {
    if ((drop[i] as number) < FALLS * mostDrop) continue;
    left = Math.min(left, positions[3 * i] as number);
    right = Math.max(right, positions[3 * i] as number);
  }
  const width = right - left;
  if (width >= JAW_WIDTH_M[0] && width <= JAW_WIDTH_M[1]) return 1000;
  return width > 0 ? USUAL_JAW_MM / width : 1000;
}

function readTriangles(parts: readonly Part[]): Uint32Array {
  const corners: number[] = [];
  for (const { mesh, first } of parts) {
    const { index } = mesh.geometry;
    const count = index?.count ?? positionsOf(mesh).count;
    for (let i = 0; i < count; i++) corners.push(first + (index?.getX(i) ?? i));
  }
  return Uint32Array.from(corners);
}
