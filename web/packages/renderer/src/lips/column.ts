import type { Seam } from './seam.ts';
import type { Surface } from './surface.ts';

/** A point fixed in the skin. */
export interface LipPoint {
  /** Corners of the triangle that it lies in, and their shares of it. */
  readonly corners: readonly [number, number, number];
  readonly shares: readonly [number, number, number];
  /** Height and depth at rest, millimetres. */
  readonly y: number;
  readonly z: number;
}

/** What an upright plane cuts out of the two lips. */
export interface Column {
  readonly upper: readonly LipPoint[];
  readonly lower: readonly LipPoint[];
}

/** Columns across a mouth. */
const N_COLUMNS = 19;
/** How far out they stand, as a share of half the mouth's width. Beyond lies the corner. */
const OUTERMOST = 0.8;
/** How far from the line between the lips a point still belongs to the lip. */
const REACH_MM = 6;
/** Points of a lip follow one another at least this closely. */
const STEP_MM = 0.5;
/** Vertices of the seam that say where it runs at a column. */
const N_NEAREST = 6;

/** Cut a mouth into columns from one corner to the other; those without two lips are left out. */
export function cutLips(surface: Surface, seam: Seam): readonly Column[] {
  const across = seam.vertices.map((vertex) => surface.positions[3 * vertex] as number);
  const low = across.reduce((a, b) => Math.min(a, b), Infinity);
  const high = across.reduce((a, b) => Math.max(a, b), -Infinity);
  const skin = nearSeam(surface, seam);
  const columns: Column[] = [];
  for (let i = 0; i < N_COLUMNS; i++) {
    const place = OUTERMOST * ((2 * i) / (N_COLUMNS - 1) - 1);
    const column = cutColumn(surface, skin, seam, across, (low + high + place * (high - low)) / 2);
    if (column !== undefined) columns.push(column);
  }
  return columns;
}

/** Triangles in the box around the seam. */
function nearSeam({ positions, triangles }: Surface, seam: Seam): readonly number[] {
  const axes = [0, 1, 2].map((axis) => {
    const places = seam.vertices.map((vertex) => positions[3 * vertex + axis] as number);
    return {
      axis,
      low: places.reduce((a, b) => Math.min(a, b), Infinity) - 2 * REACH_MM,
      high: places.reduce((a, b) => Math.max(a, b), -Infinity) + 2 * REACH_MM,
    };
  });
  return seam.triangles.filter((first) =>
    axes.every(({ axis, low, high }) => {
      const at = positions[3 * (triangles[first] as number) + axis] as number;
      return at > low && at < high;
    }),
  );
}

function cutColumn(
  surface: Surface,
  skin: readonly number[],
  seam: Seam,
  across: readonly number[],
  x: number,
): Column | undefined {
  const nearest = across
    .map((at, i) => [Math.abs(at - x), i] as const)
    .sort((a, b) => a[0] - b[0])
    .slice(0, N_NEAREST)
    .map(([, i]) => i);
  const mean = (of: (i: number) => number): number =>
    nearest.reduce((sum, i) => sum + of(i), 0) / nearest.length;
  const centre = [0, 1, 2].map((axis) =>
    mean((i) => surface.positions[3 * (seam.vertices[i] as number) + axis] as number),
  ) as [number, number, number];
  const split = mean((i) => seam.split[i] as number);
  const points = cut(surface, skin, x, centre);
  const upper = points.filter((point) => dropOf(surface, point) <= split);
  const lower = points.filter((point) => dropOf(surface, point) > split);
  let apart = Infinity;
  let meet = { y: 0, z: 0 };
  for (const above of upper) {
    for (const below of lower) {
      const distance = Math.hypot(above.y - below.y, above.z - below.z);
      if (distance >= apart) continue;
      apart = distance;
      meet = { y: (above.y + below.y) / 2, z: (above.z + below.z) / 2 };
    }
  }
  if (apart === Infinity) return undefined;
  const isLip = ({ y, z }: LipPoint): boolean =>
    Math.hypot(y - meet.y, z - meet.z) < REACH_MM + apart;
  return { upper: upper.filter(isLip), lower: lower.filter(isLip) };
}

function dropOf({ drop }: Surface, { corners, shares }: LipPoint): number {
  let sum = 0;
  for (let k = 0; k < 3; k++) sum += (shares[k] as number) * (drop[corners[k] as number] as number);
  return sum;
}

/** Points of the line in which the plane at `x` cuts the skin near a place. */
function cut(
  { positions, triangles }: Surface,
  skin: readonly number[],
  x: number,
  centre: readonly [number, number, number],
): LipPoint[] {
  const points: LipPoint[] = [];
  const near = (vertex: number): boolean =>
    [0, 1, 2].every(
      (axis) =>
        Math.abs((positions[3 * vertex + axis] as number) - (centre[axis] as number)) <
        2 * REACH_MM,
    );
  for (const first of skin) {
    const corners: Shares = [
      triangles[first] as number,
      triangles[first + 1] as number,
      triangles[first + 2] as number,
    ];
    const a = (positions[3 * corners[0]] as number) - x;
    const b = (positions[3 * corners[1]] as number) - x;
    const c = (positions[3 * corners[2]] as number) - x;
    if ((a < 0 && b < 0 && c < 0) || (a >= 0 && b >= 0 && c >= 0)) continue;
    if (!corners.some(near)) continue;
    const [start, end] = crossings([a, b, c]) as [Shares, Shares];
    const from = place(positions, corners, start);
    const to = place(positions, corners, end);
    const steps = 1 + Math.floor(Math.hypot(to.y - from.y, to.z - from.z) / STEP_MM);
    for (let i = 0; i < steps; i++) {
      const t = (i + 0.5) / steps; // the ends belong to the neighbours, too
      points.push({
        corners,
        shares: [0, 1, 2].map(
          (k) => (start[k] as number) * (1 - t) + (end[k] as number) * t,
        ) as unknown as Shares,
        y: from.y * (1 - t) + to.y * t,
        z: from.z * (1 - t) + to.z * t,
      });
    }
  }
  return points;
}

type Shares = readonly [number, number, number];

/** Where the plane crosses the sides of a triangle, as shares of its corners. */
function crossings(offset: Shares): Shares[] {
  const found: Shares[] = [];
  for (let i = 0; i < 3; i++) {
    const j = (i + 1) % 3;
    const from = offset[i] as number;
    const to = offset[j] as number;
    if (from < 0 === to < 0) continue;
    const t = from / (from - to);
    const shares: [number, number, number] = [0, 0, 0];
    shares[i] = 1 - t;
    shares[j] = t;
    found.push(shares);
  }
  return found;
}

function place(
  positions: Float32Array,
  corners: Shares,
  shares: Shares,
): { readonly y: number; readonly z: number } {
  let y = 0;
  let z = 0;
  for (let k = 0; k < 3; k++) {
    const share = shares[k] as number;
    y += share * (positions[3 * (corners[k] as number) + 1] as number);
    z += share * (positions[3 * (corners[k] as number) + 2] as number);
  }
  return { y, z };
}
