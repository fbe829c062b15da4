import { BufferAttribute, BufferGeometry, Vector2, type Texture } from 'three';

const uv = new Vector2();

/**
 * The same mesh with position, normal, place in the picture, and colour: one format for all, because a program is
 * compiled again for every format. Morph targets and joints are left out.
 */
export function plainGeometry(source: BufferGeometry, image: Texture): BufferGeometry {
  const geometry = new BufferGeometry();
  const n = source.getAttribute('position').count;
  if (source.getAttribute('normal') === undefined) source.computeVertexNormals();
  for (const name of ['position', 'normal'] as const) {
    const points = source.getAttribute(name);
    const values = new Float32Array(3 * n);
    for (let i = 0; i < n; i++) {
      values[3 * i] = points.getX(i);
      values[3 * i + 1] = points.getY(i);
      values[3 * i + 2] = points.getZ(i);
    }
    geometry.setAttribute(name, new BufferAttribute(values, 3));
  }
  geometry.setAttribute('uv', places(source, image));
  geometry.setAttribute('color', colors(source));
  geometry.setIndex(source.getIndex());
  return geometry;
}

function places(source: BufferGeometry, image: Texture): BufferAttribute {
  const n = source.getAttribute('position').count;
  const points = source.getAttribute(image.channel === 0 ? 'uv' : `uv${String(image.channel)}`);
  const values = new Float32Array(2 * n);
  if (image.matrixAutoUpdate) image.updateMatrix();
  for (let i = 0; i < (points === undefined ? 0 : n); i++) {
    uv.set(points.getX(i), points.getY(i)).applyMatrix3(image.matrix);
    values[2 * i] = uv.x;
    values[2 * i + 1] = uv.y;
  }
  return new BufferAttribute(values, 2);
}

function colors(source: BufferGeometry): BufferAttribute {
  const n = source.getAttribute('position').count;
  const points = source.getAttribute('color');
  const values = new Uint16Array(4 * n).fill(0xffff);
  for (let i = 0; i < (points === undefined ? 0 : n); i++) {
    for (let k = 0; k < points.itemSize; k++) {
      values[4 * i + k] = Math.round(0xffff * Math.min(1, points.getComponent(i, k)));
    }
  }
  return new BufferAttribute(values, 4, true);
}
