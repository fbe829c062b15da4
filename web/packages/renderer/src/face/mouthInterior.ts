import { blendShapeIndex } from '@avamotion/client';
import {
  Mesh,
  MeshPhysicalMaterial,
  MeshStandardMaterial,
  type Color,
  type Material,
  type Object3D,
} from 'three';
import { PlainMaterial } from '../plain/plainMaterial.ts';

const JAW_OPEN = blendShapeIndex('jawOpen');
const MOUTH_CLOSE = blendShapeIndex('mouthClose');
const PARTING = [
  blendShapeIndex('mouthUpperUpLeft'),
  blendShapeIndex('mouthLowerDownLeft'),
] as const;
const SMILE = blendShapeIndex('mouthSmileLeft');
const INSIDE = /^(teeth|gum|tongue)/i;
const DARKEST = 0.12;

interface Inside {
  readonly material: MeshStandardMaterial | PlainMaterial;
  readonly color: Color;
}

/** Darkens teeth, gums and tongue while the lips are nearly shut: no light gets in there. */
export class MouthInterior {
  readonly #inside: readonly Inside[];

  constructor(root: Object3D) {
    const materials = new Set<Material>();
    root.traverse((part) => {
      if (part instanceof Mesh && !Array.isArray(part.material))
        materials.add(part.material as Material);
    });
    this.#inside = [...materials].flatMap((material) =>
      INSIDE.test(material.name) &&
      (material instanceof MeshStandardMaterial || material instanceof PlainMaterial)
        ? [{ material, color: material.color.clone() }]
        : [],
    );
  }

  /** Set the light in the mouth for weights, (52,). */
  apply(weights: Float32Array): void {
    const jaw = weights[JAW_OPEN] as number;
    const closed = Math.min(1, (weights[MOUTH_CLOSE] as number) / Math.max(0.01, jaw));
    let parted = 0.35 * (weights[SMILE] as number);
    for (const shape of PARTING) parted += weights[shape] as number;
    const light = Math.min(
      1,
      DARKEST + 2.2 * jaw * (1 - 0.8 * closed) + 0.8 * parted * (1 - closed),
    );
    for (const { material, color } of this.#inside) {
      material.color.copy(color).multiplyScalar(light);
      if (material instanceof MeshStandardMaterial) material.envMapIntensity = light;
      if (material instanceof MeshPhysicalMaterial) material.specularIntensity = light;
    }
  }
}
