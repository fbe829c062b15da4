import { InterleavedBufferAttribute, MathUtils, type BufferAttribute } from 'three';

/**
 * All numbers of an attribute, (n · itemSize,): its own getters look at stride and format for every single one, and a
 * face has a hundred thousand.
 */
export function attributeValues(
  attribute: BufferAttribute | InterleavedBufferAttribute,
): Float32Array<ArrayBuffer> {
  const { count, itemSize, normalized } = attribute;
  const interleaved = attribute instanceof InterleavedBufferAttribute;
  const array = interleaved ? attribute.data.array : attribute.array;
  const stride = interleaved ? attribute.data.stride : itemSize;
  const offset = interleaved ? attribute.offset : 0;
  const scale = normalized ? MathUtils.denormalize(1, array as Int8Array) : 1;
  const least = normalized ? -1 : -Infinity; // whole numbers reach one step further below zero
  const values = new Float32Array(count * itemSize);
  for (let i = 0; i < count; i++) {
    for (let k = 0; k < itemSize; k++) {
      const value = scale * (array[offset + i * stride + k] as number);
      values[i * itemSize + k] = Math.max(least, value);
    }
  }
  return values;
}
