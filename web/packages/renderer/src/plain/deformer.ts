import {
  Group,
  Mesh,
  SkinnedMesh,
  type BufferAttribute,
  type BufferGeometry,
  type Object3D,
} from 'three';
import { plainGeometry } from './plainGeometry.ts';
import { PlainMaterial } from './plainMaterial.ts';
import { Skin } from './skin.ts';
import { addMorph, sparseMorph, type SparseMorph } from './sparseMorph.ts';

/**
 * Bends a model's meshes in plain code, and gives all of them the same kind of vertices.
 *
 * Where the processor draws, this is far cheaper than bending in a vertex shader: most morph targets are at rest and
 * move few vertices, no texture of all of them has to be built, and one program draws everything.
 */
export class Deformer {
  /** Meshes that joints move; they stand in the scene itself. */
  readonly stage: Group = new Group();
  readonly #parts: BentMesh[] = [];
  readonly #geometries: BufferGeometry[] = [];

  /** @param root a copy of a model whose morph targets and joints somebody else moves; its meshes are replaced */
  constructor(root: Object3D) {
    const meshes: Mesh[] = [];
    root.traverse((part) => {
      if (part instanceof Mesh && part.material instanceof PlainMaterial) meshes.push(part);
    });
    for (const mesh of meshes) this.#replace(mesh);
    this.stage.matrixAutoUpdate = false;
  }

  /** Bend everything as weights and joints want it; matrices are up to date. */
  update(): void {
    for (const part of this.#parts) part.update();
  }

  /** Free geometry. */
  dispose(): void {
    for (const geometry of this.#geometries) geometry.dispose();
  }

  #replace(mesh: Mesh): void {
    const source = mesh.geometry;
    const geometry = plainGeometry(source, (mesh.material as PlainMaterial).image);
    this.#geometries.push(geometry);
    const drawn = new Mesh(geometry, mesh.material);
    drawn.frustumCulled = false;
    drawn.renderOrder = mesh.renderOrder;
    drawn.visible = mesh.visible;
    const skin = mesh instanceof SkinnedMesh ? new Skin(mesh) : undefined;
    // What hung on the mesh, perhaps the joints themselves, stays where it is.
    const place = skin === undefined ? drawn : new Group();
    place.applyMatrix4(mesh.matrix);
    mesh.parent?.add(place);
    for (const child of [...mesh.children]) place.add(child);
    if (skin !== undefined) this.stage.add(drawn);
    mesh.removeFromParent();
    const weights = mesh.morphTargetInfluences ?? [];
    if (skin !== undefined || weights.length > 0)
      this.#parts.push(new BentMesh(source, geometry, weights, skin));
  }
}

/** One mesh that morph targets or joints bend. */
class BentMesh {
  readonly #source: BufferGeometry;
  readonly #weights: readonly number[];
  readonly #last: Float32Array;
  readonly #skin: Skin | undefined;
  readonly #morphs: (SparseMorph | undefined)[];
  readonly #rest: readonly [Float32Array, Float32Array];
  readonly #position: BufferAttribute;
  readonly #normal: BufferAttribute;

  constructor(
    source: BufferGeometry,
    geometry: BufferGeometry,
    weights: readonly number[],
    skin: Skin | undefined,
  ) {
    this.#source = source;
    this.#weights = weights;
    this.#skin = skin;
    this.#last = new Float32Array(weights.length);
    this.#morphs = new Array<SparseMorph | undefined>(weights.length).fill(undefined);
    this.#position = geometry.getAttribute('position') as BufferAttribute;
    this.#normal = geometry.getAttribute('normal') as BufferAttribute;
    this.#rest = [
      (this.#position.array as Float32Array).slice(),
      (this.#normal.array as Float32Array).slice(),
    ];
  }

  update(): void {
    if (!this.#changed() && this.#skin === undefined) return;
    const position = this.#position.array as Float32Array;
    const normal = this.#normal.array as Float32Array;
    position.set(this.#rest[0]);
    normal.set(this.#rest[1]);
    for (let i = 0; i < this.#weights.length; i++) {
      const weight = this.#weights[i] as number;
      if (weight === 0) continue;
      // Most targets of a face are never used: read one when it is.
      const morph = (this.#morphs[i] ??= sparseMorph(this.#source, i));
      addMorph(morph, weight, position, normal);
    }
    this.#skin?.apply(position, normal);
    this.#position.needsUpdate = true;
    this.#normal.needsUpdate = true;
  }

  #changed(): boolean {
    let changed = false;
    for (let i = 0; i < this.#last.length; i++) {
      const weight = Math.fround(this.#weights[i] as number);
      changed ||= weight !== this.#last[i];
      this.#last[i] = weight;
    }
    return changed;
  }
}
