import {
  BufferAttribute,
  InterleavedBuffer,
  InterleavedBufferAttribute,
  type TypedArray,
} from 'three';
import { expect, it } from 'vitest';
import { attributeValues } from './attributeValues.ts';

const WHOLE = [-128, -127, 0, 1, 64, 127, 5, -6];
const COUNTS = [0, 255, 65_535, 12, 1, 2, 3, 4];

function getters(attribute: BufferAttribute | InterleavedBufferAttribute): number[] {
  const { count, itemSize } = attribute;
  return Array.from({ length: count * itemSize }, (_, i) =>
    Math.fround(attribute.getComponent(Math.floor(i / itemSize), i % itemSize)),
  );
}

it.each<[string, TypedArray, boolean]>([
  ['floats', new Float32Array([0.25, -3, 1, 0, 7, 8, 9, 10]), false],
  ['whole numbers that mean themselves', new Int16Array(WHOLE), false],
  ['signed shares', new Int8Array(WHOLE), true],
  ['shares', new Uint16Array(COUNTS), true],
])('%s are what the getters say', (_name, array, normalized) => {
  const plain = new BufferAttribute(array, 2, normalized);
  const striped = new InterleavedBufferAttribute(new InterleavedBuffer(array, 4), 2, 1, normalized);
  for (const attribute of [plain, striped])
    expect([...attributeValues(attribute)]).toEqual(getters(attribute));
});
