import type { Object3D } from 'three';
import { N_BLEND_SHAPES, blendShapeIndex } from '@avamotion/client';
import { bind, type Binding } from '../capability/binding.ts';
import type { CapabilityLevel } from '../capability/capability.ts';
import { N_CONTROLS } from '../capability/control.ts';
import { project } from '../capability/projection.ts';
import { chooseBindings } from '../capability/vocabulary.ts';
import { cutLips, type Column, type LipPoint } from './column.ts';
import { findSeam } from './seam.ts';
import { deltasOf, readSurface, type Surface } from './surface.ts';

/** Points of the two lips face one another if their depths differ by less than this. */
const FACING_MM = 1.8;
/** Columns of the mouth that must be found. */
const FEWEST_COLUMNS = 9;

/** One column's points in the flat arrays: upper lip from `start`, lower lip from `middle`, up to `end`. */
interface Range {
  readonly start: number;
  readonly middle: number;
  readonly end: number;
}

/** Two lips that were found on a model, in millimetres. Make them with `findLips`. */
export class Lips {
  readonly #ranges: readonly Range[];
  /** Height and depth of every point at rest. */
  readonly #rest: Float32Array;
  /** By control: what it does to them at weight 1. */
  readonly #deltas: readonly (Float32Array | undefined)[];
  readonly #posed: Float32Array;
  readonly #values: Float32Array = new Float32Array(N_CONTROLS);

  /**
   * @param columns the two lips in columns
   * @param points their points, column by column, upper before lower
   * @param deltas by control: what it does to height and depth of each point
   */
  constructor(
    columns: readonly Column[],
    points: readonly LipPoint[],
    deltas: readonly (Float32Array | undefined)[],
  ) {
    let start = 0;
    this.#ranges = columns.map(({ upper, lower }) => {
      const range = {
        start,
        middle: start + upper.length,
        end: start + upper.length + lower.length,
      };
      start = range.end;
      return range;
    });
    this.#rest = Float32Array.from(points.flatMap(({ y, z }) => [y, z]));
    this.#posed = new Float32Array(this.#rest.length);
    this.#deltas = deltas;
  }

  /** Whether anything happens to the lips at the weight of an ARKit shape. */
  moves(shape: number): boolean {
    this.#values.fill(0);
    this.#values[shape] = 1;
    project(this.#values);
    return this.#values.some((value, control) => value > 0 && this.#deltas[control] !== undefined);
  }

  /**
   * The largest gap between the lips over all columns, millimetres; below 0 if they overlap in all.
   *
   * @param weights ARKit weights, (52,), as a face gets them after its closure curve
   */
  widestMm(weights: Float32Array): number {
    this.#take(weights);
    let widest = -Infinity;
    for (const range of this.#ranges) widest = Math.max(widest, this.#clearanceMm(range));
    return widest;
  }

  /** Whether `widestMm` would be more than a limit; sooner known. */
  exceeds(weights: Float32Array, limitMm: number): boolean {
    this.#take(weights);
    return this.#ranges.some((range) => this.#clearanceMm(range, limitMm) > limitMm);
  }

  #take(weights: Float32Array): void {
    this.#values.fill(0);
    this.#values.set(weights.subarray(0, N_BLEND_SHAPES));
    project(this.#values);
    this.#posed.set(this.#rest);
    for (let control = 0; control < N_CONTROLS; control++) {
      const value = this.#values[control] as number;
      const deltas = this.#deltas[control];
      if (value === 0 || deltas === undefined) continue;
      for (let i = 0; i < deltas.length; i++)
        this.#posed[i] = (this.#posed[i] as number) + value * (deltas[i] as number);
    }
  }

  /** The gap in a column, below 0 if the lips overlap; or anything that is not above `enough`. */
  #clearanceMm({ start, middle, end }: Range, enough: number = -Infinity): number {
    const posed = this.#posed;
    let nearest = Infinity;
    let lowest = Infinity;
    for (let i = start; i < middle; i++) {
      const y = posed[2 * i] as number;
      const z = posed[2 * i + 1] as number;
      for (let j = middle; j < end; j++) {
        const rise = y - (posed[2 * j] as number);
        const ahead = z - (posed[2 * j + 1] as number);
        const distance = rise * rise + ahead * ahead;
        if (distance < nearest) nearest = distance;
        if (rise < lowest && ahead < FACING_MM && ahead > -FACING_MM) lowest = rise;
      }
      if (lowest < 0 && lowest <= enough) return lowest;
    }
    return lowest < 0 ? lowest : Math.sqrt(nearest);
  }
}

/**
 * Find the lips of a model by what opens its mouth; undefined if nothing parts two lips.
 *
 * Yields in between, so that the work may be spread.
 */
export function* findLips(
  root: Object3D,
  level: CapabilityLevel,
): Generator<undefined, Lips | undefined> {
  const controls = chooseBindings(bind(root).controls, level);
  const open = new Float32Array(N_CONTROLS);
  open[blendShapeIndex('jawOpen')] = 1;
  project(open);
  const opening = controls.flatMap((bindings, control) =>
    bindings
      .map((binding) => ({ binding, weight: (open[control] as number) * binding.scale }))
      .filter(({ weight }) => weight > 0),
  );
  const surface = readSurface(root, opening);
  yield;
  const seam = surface && findSeam(surface);
  if (surface === undefined || seam === undefined) return undefined;
  yield;
  const columns = cutLips(surface, seam);
  if (columns.length < FEWEST_COLUMNS) return undefined;
  const points = columns.flatMap(({ upper, lower }) => [...upper, ...lower]);
  const deltas: (Float32Array | undefined)[] = [];
  for (const bindings of controls) {
    yield;
    deltas.push(displacements(surface, bindings, points));
  }
  return new Lips(columns, points, deltas);
}

/** What a control does to points at weight 1, height and depth in millimetres; undefined if nothing. */
function displacements(
  { parts }: Surface,
  bindings: readonly Binding[],
  points: readonly LipPoint[],
): Float32Array | undefined {
  let out: Float32Array | undefined;
  for (const binding of bindings) {
    const deltas = deltasOf(binding);
    const part = parts.find(({ mesh }) => mesh === binding.mesh);
    if (deltas === undefined || part === undefined) continue;
    const m = part.toMm.elements;
    for (let i = 0; i < points.length; i++) {
      const { corners, shares } = points[i] as LipPoint;
      for (let k = 0; k < 3; k++) {
        const vertex = (corners[k] as number) - part.first;
        const share = (shares[k] as number) * binding.scale;
        if (share === 0 || vertex < 0 || vertex >= deltas.count) continue;
        const x = deltas.getX(vertex);
        const y = deltas.getY(vertex);
        const z = deltas.getZ(vertex);
        if (x === 0 && y === 0 && z === 0) continue;
        out ??= new Float32Array(2 * points.length);
        out[2 * i] = (out[2 * i] as number) + share * (m[1] * x + m[5] * y + m[9] * z);
        out[2 * i + 1] = (out[2 * i + 1] as number) + share * (m[2] * x + m[6] * y + m[10] * z);
      }
    }
  }
  return out;
}
