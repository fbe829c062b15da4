import { FALLS, type Surface } from './surface.ts';

/** The line along which a jaw parts two lips. */
export interface Seam {
  /** Vertices of the upper lip along it. */
  readonly vertices: readonly number[];
  /** For each, the drop that tells upper from lower lip at this place, millimetres. */
  readonly split: readonly number[];
  /** Triangles of the skin around it, as numbers of their first corner in `Surface.triangles`. */
  readonly triangles: readonly number[];
}

/** How far lips may stand apart at rest and still be found. */
const AJAR_MM = 4;
/** Share of the jaw's drop by which two near points must part to be upper and lower lip. */
const TORN = 0.2;
/** Neighbours that are looked at. */
const N_NEAR = 24;
const FEWEST = 8;
/** Teeth stand behind the lips. */
const DEPTH_MM = 25;
const REGION_DEPTH_MM = 70;
const REGION_MARGIN_MM = 15;
/** Vertices closer than this are one, split for the sake of texture or normals. */
const WELD_MM = 0.02;

/** Find where a jaw parts the lips, or undefined. */
export function findSeam(surface: Surface): Seam | undefined {
  const region = mouthRegion(surface);
  const triangles = trianglesIn(surface, region);
  const island = islands(surface, region, triangles);
  const torn = tears(surface, region, island);
  const main = frontIsland(surface, torn, island);
  if (main === undefined) return undefined;
  const kept = torn.filter(({ vertex }) => island[vertex] === main);
  const front = kept.reduce((most, { vertex }) => Math.max(most, z(surface, vertex)), -Infinity);
  const seam = kept.filter(({ vertex }) => z(surface, vertex) > front - DEPTH_MM);
  return {
    vertices: seam.map(({ vertex }) => vertex),
    split: seam.map(({ split }) => split),
    triangles: triangles.filter((corner) => island[surface.triangles[corner] as number] === main),
  };
}

interface Tear {
  readonly vertex: number;
  readonly split: number;
}

function z({ positions }: Surface, vertex: number): number {
  return positions[3 * vertex + 2] as number;
}

/** Vertices in the box around all that falls, the front of it: 1, others 0. */
function mouthRegion({ positions, drop, mostDrop }: Surface): Uint8Array {
  const low = [Infinity, Infinity, Infinity];
  const high = [-Infinity, -Infinity, -Infinity];
  for (let i = 0; i < drop.length; i++) {
    if ((drop[i] as number) < FALLS * mostDrop) continue;
    for (let axis = 0; axis < 3; axis++) {
      const at = positions[3 * i + axis] as number;
      low[axis] = Math.min(low[axis] as number, at);
      high[axis] = Math.max(high[axis] as number, at);
    }
  }
  low[2] = Math.max(low[2] as number, (high[2] as number) - REGION_DEPTH_MM);
  const region = new Uint8Array(drop.length);
  for (let i = 0; i < drop.length; i++) {
    let inside = 1;
    for (let axis = 0; axis < 3; axis++) {
      const at = positions[3 * i + axis] as number;
      const margin = REGION_MARGIN_MM;
      if (at < (low[axis] as number) - margin || at > (high[axis] as number) + margin) inside = 0;
    }
    region[i] = inside;
  }
  return region;
}

function trianglesIn({ triangles }: Surface, region: Uint8Array): number[] {
  const found: number[] = [];
  for (let i = 0; i < triangles.length; i += 3) {
    if (
      region[triangles[i] as number] === 1 &&
      region[triangles[i + 1] as number] === 1 &&
      region[triangles[i + 2] as number] === 1
    )
      found.push(i);
  }
  return found;
}

/** Number of the connected piece that each vertex of the region belongs to: lips hang together, teeth do not. */
function islands(
  { positions, triangles }: Surface,
  region: Uint8Array,
  corners: readonly number[],
): Int32Array {
  const parent = new Int32Array(region.length).fill(-1);
  const at = new Map<number, number>();
  for (let i = 0; i < region.length; i++) {
    if (region[i] !== 1) continue;
    const key = cellKey(positions, i, WELD_MM);
    const twin = at.get(key);
    if (twin === undefined) at.set(key, i);
    parent[i] = twin ?? i;
  }
  const find = (vertex: number): number => {
    let root = vertex;
    while (parent[root] !== root) root = parent[root] as number;
    while (parent[vertex] !== root) {
      const next = parent[vertex] as number;
      parent[vertex] = root;
      vertex = next;
    }
    return root;
  };
  for (const corner of corners) {
    const root = find(triangles[corner] as number);
    parent[find(triangles[corner + 1] as number)] = root;
    parent[find(triangles[corner + 2] as number)] = root;
  }
  for (let i = 0; i < region.length; i++) if (region[i] === 1) parent[i] = find(i);
  return parent;
}

const SPAN = 131072; // cells along an axis: 17 bits each make 51

/** A number for the cell of a grid that a vertex lies in; cells side by side have keys a fixed distance apart. */
function cellKey(positions: Float32Array, vertex: number, size: number): number {
  const i = Math.round((positions[3 * vertex] as number) / size) + SPAN / 2;
  const j = Math.round((positions[3 * vertex + 1] as number) / size) + SPAN / 2;
  const k = Math.round((positions[3 * vertex + 2] as number) / size) + SPAN / 2;
  return (i * SPAN + j) * SPAN + k;
}

const SIDES = [-1, 0, 1] as const;
const NEIGHBOURS = SIDES.flatMap((i) =>
  SIDES.flatMap((j) => SIDES.map((k) => (i * SPAN + j) * SPAN + k)),
);

/** Some vertices near one another. */
interface Cell {
  readonly key: number;
  readonly vertices: number[];
  /** Largest drop among them. */
  deepest: number;
}

/** Vertices beside which another, on the same piece of skin, falls much further. */
function tears(
  { positions, drop, mostDrop }: Surface,
  region: Uint8Array,
  island: Int32Array,
): Tear[] {
  const cells = new Map<number, Cell>();
  for (let i = 0; i < region.length; i++) {
    if (region[i] !== 1) continue;
    const key = cellKey(positions, i, AJAR_MM);
    const cell = cells.get(key) ?? { key, vertices: [], deepest: -Infinity };
    if (cell.vertices.push(i) === 1) cells.set(key, cell);
    cell.deepest = Math.max(cell.deepest, drop[i] as number);
  }
  const found: Tear[] = [];
  for (const cell of cells.values()) {
    const around = NEIGHBOURS.map((offset) => cells.get(cell.key + offset)).filter(
      (one) => one !== undefined,
    );
    const limit = Math.max(...around.map(({ deepest }) => deepest)) - TORN * mostDrop;
    let near: readonly number[] | undefined;
    for (const vertex of cell.vertices) {
      const own = drop[vertex] as number;
      if (own >= limit) continue;
      near ??= around.flatMap(({ vertices }) => vertices);
      const other = parting(positions, drop, near, vertex, own + TORN * mostDrop);
      if (other === undefined || island[other] !== island[vertex]) continue;
      found.push({ vertex, split: (own + (drop[other] as number)) / 2 });
    }
  }
  return found;
}

/** Of the nearest neighbours of a vertex, the first that falls further than a limit. */
function parting(
  positions: Float32Array,
  drop: Float32Array,
  near: readonly number[],
  vertex: number,
  limit: number,
): number | undefined {
  let best: number | undefined;
  let closest = AJAR_MM * AJAR_MM;
  for (const other of near) {
    if ((drop[other] as number) <= limit) continue;
    const distance = squared(positions, vertex, other);
    if (distance < closest) [best, closest] = [other, distance];
  }
  if (best === undefined) return undefined;
  let closer = 0;
  for (const other of near) {
    if (squared(positions, vertex, other) < closest && ++closer === N_NEAR) return undefined;
  }
  return best;
}

function squared(positions: Float32Array, a: number, b: number): number {
  const x = (positions[3 * a] as number) - (positions[3 * b] as number);
  const y = (positions[3 * a + 1] as number) - (positions[3 * b + 1] as number);
  const depth = (positions[3 * a + 2] as number) - (positions[3 * b + 2] as number);
  return x * x + y * y + depth * depth;
}

/** The foremost piece that is torn in enough places. */
function frontIsland(
  surface: Surface,
  torn: readonly Tear[],
  island: Int32Array,
): number | undefined {
  const pieces = new Map<number, { count: number; front: number }>();
  for (const { vertex } of torn) {
    const piece = pieces.get(island[vertex] as number) ?? { count: 0, front: -Infinity };
    piece.count++;
    piece.front = Math.max(piece.front, z(surface, vertex));
    pieces.set(island[vertex] as number, piece);
  }
  let best: number | undefined;
  let front = -Infinity;
  for (const [id, piece] of pieces) {
    if (piece.count >= FEWEST && piece.front > front) [best, front] = [id, piece.front];
  }
  return best;
}
