import {
  Mesh,
  MeshStandardMaterial,
  SkinnedMesh,
  Sphere,
  type Material,
  type Object3D,
} from 'three';
import { PlainMaterial } from '../plain/plainMaterial.ts';
import { scatter } from './skin.ts';

/** How much a picture may cost. */
export type Quality = 'low' | 'high';

const NO_SHADOW_ON = /^(eyeshadow|lash)/i;
const NO_SHADOW_FROM = /^(eyeshadow|eye|lash|haircap|lens)/i;

/** Give every part of a model a material of its own, as rich as the quality allows. */
export function dress(root: Object3D, quality: Quality): void {
  const dressed = new Map<Material, Material>();
  root.traverse((part) => {
    if (!(part instanceof Mesh) || Array.isArray(part.material)) return;
    const original = part.material as Material;
    const name = original.name;
    part.frustumCulled = false; // morphs leave the box that three.js knows
    // Else three.js bends every vertex by its joints, only to sort the meshes by distance.
    if (part instanceof SkinnedMesh) part.boundingSphere ??= new Sphere();
    part.receiveShadow = !NO_SHADOW_ON.test(name);
    part.castShadow = !NO_SHADOW_FROM.test(name);
    if (/^eyeshadow/i.test(name)) part.renderOrder = 2;
    let material = dressed.get(original);
    if (material === undefined) {
      material = quality === 'high' ? richMaterial(original) : new PlainMaterial(original);
      dressed.set(original, material);
    }
    part.material = material;
  });
}

function richMaterial(original: Material): Material {
  const material = original.clone();
  if (/^eyeshadow/i.test(material.name)) material.depthWrite = false;
  if (material.alphaTest > 0) material.alphaToCoverage = true;
  if (/^skin/i.test(material.name) && material instanceof MeshStandardMaterial) scatter(material);
  return material;
}

/** Free the materials that `dress` made. */
export function undress(root: Object3D): void {
  root.traverse((part) => {
    if (part instanceof Mesh && !Array.isArray(part.material))
      (part.material as Material).dispose();
  });
}
