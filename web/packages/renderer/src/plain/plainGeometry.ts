import { BufferAttribute, BufferGeometry, type Texture } from 'three';
import { attributeValues } from './attributeValues.ts';

/**
 * The same mesh with position, normal, place in the picture, and colour: one format for all, because a program is
 * compiled again for every format. Morph targets and joints are left out.
 */
export function plainGeometry(source: BufferGeometry, image: Texture): BufferGeometry {
  const geometry = new BufferGeometry();
  if (source.getAttribute('normal') === undefined) source.computeVertexNormals();
  for (const name of ['position', 'normal'] as const) {
    const values = attributeValues(source.getAttribute(name));
    geometry.setAttribute(name, new BufferAttribute(values, 3));
  }
  geometry.setAttribute('uv', places(source, image));
  geometry.setAttribute('color', colors(source));
  geometry.setIndex(source.getIndex());
  return geometry;
}

function places(source: BufferGeometry, image: Texture): BufferAttribute {
  const points = source.getAttribute(image.channel === 0 ? 'uv' : `uv${String(image.channel)}`);
  if (points === undefined) {
    const n = source.getAttribute('position').count;
    return new BufferAttribute(new Float32Array(2 * n), 2);
  }
  if (image.matrixAutoUpdate) image.updateMatrix();
  return new BufferAttribute(attributeValues(points), 2).applyMatrix3(image.matrix);
}

function colors(source: BufferGeometry): BufferAttribute {
  const n = source.getAttribute('position').count;
  const points = source.getAttribute('color');
  const all = new Uint16Array(4 * n).fill(0xffff);
  if (points !== undefined) {
    const values = attributeValues(points);
    for (let i = 0; i < values.length; i++) {
      const at = 4 * Math.floor(i / points.itemSize) + (i % points.itemSize);
      all[at] = Math.round(0xffff * Math.min(1, values[i] as number));
    }
  }
  return new BufferAttribute(all, 4, true);
}
