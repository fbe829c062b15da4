import { Matrix4, type Bone, type SkinnedMesh } from 'three';

const scratch = new Matrix4();

/** Moves vertices with the joints that hold them. */
export class Skin {
  readonly #mesh: SkinnedMesh;
  /** Joints of each vertex, (4N,). */
  readonly #joints: Uint16Array;
  /** Their shares, (4N,). */
  readonly #shares: Float32Array;
  /** One 4×3 matrix per joint, row by row. */
  readonly #matrices: Float32Array;
  readonly #mixed: Float32Array = new Float32Array(12);

  constructor(mesh: SkinnedMesh) {
    this.#mesh = mesh;
    const index = mesh.geometry.getAttribute('skinIndex');
    const weight = mesh.geometry.getAttribute('skinWeight');
    this.#joints = new Uint16Array(4 * index.count);
    this.#shares = new Float32Array(4 * index.count);
    for (let i = 0; i < index.count; i++) {
      for (let k = 0; k < 4; k++) {
        this.#joints[4 * i + k] = index.getComponent(i, k);
        this.#shares[4 * i + k] = weight.getComponent(i, k);
      }
    }
    this.#matrices = new Float32Array(12 * mesh.skeleton.bones.length);
  }

  /**
   * Move vertices from where the mesh has them to where the joints take them in the scene.
   *
   * @param position (3N,), changed
   * @param normal (3N,), changed
   */
  apply(position: Float32Array, normal: Float32Array): void {
    this.#readJoints();
    const mixed = this.#mixed;
    for (let i = 0; i < position.length; i += 3) {
      this.#mix((4 * i) / 3);
      bend(position, i, mixed, 1);
      bend(normal, i, mixed, 0);
    }
  }

  /** Add up the matrices of a vertex's joints. */
  #mix(first: number): void {
    this.#mixed.fill(0);
    for (let k = first; k < first + 4; k++) {
      const share = this.#shares[k] as number;
      if (share === 0) continue;
      const from = 12 * (this.#joints[k] as number);
      for (let j = 0; j < 12; j++)
        this.#mixed[j] = (this.#mixed[j] as number) + share * (this.#matrices[from + j] as number);
    }
  }

  #readJoints(): void {
    const { skeleton, bindMatrix } = this.#mesh;
    for (let joint = 0; joint < skeleton.bones.length; joint++) {
      scratch.copy((skeleton.bones[joint] as Bone).matrixWorld);
      scratch.multiply(skeleton.boneInverses[joint] as Matrix4);
      const { elements } = scratch.multiply(bindMatrix);
      for (let row = 0; row < 3; row++) {
        for (let column = 0; column < 4; column++) {
          this.#matrices[12 * joint + 4 * row + column] = elements[4 * column + row] as number;
        }
      }
    }
  }
}

/** Multiply the vector at `i` by a 4×3 matrix; its fourth column counts by `shift`. */
function bend(vectors: Float32Array, i: number, m: Float32Array, shift: number): void {
  const x = vectors[i] as number;
  const y = vectors[i + 1] as number;
  const z = vectors[i + 2] as number;
  for (let row = 0; row < 3; row++) {
    const at = 4 * row;
    vectors[i + row] =
      (m[at] as number) * x +
      (m[at + 1] as number) * y +
      (m[at + 2] as number) * z +
      shift * (m[at + 3] as number);
  }
}
