import { PerspectiveCamera, Scene, type Object3D, type WebGLRenderer } from 'three';
import { expect, it } from 'vitest';
import { mesh } from '../../test/model.ts';
import { ShaderQueue } from './shaderQueue.ts';

it('the inside of the mouth waits until the face is on the screen, and nothing blocks', () => {
  const [skin, teeth] = [mesh(['jawOpen']), mesh(['jawOpen'], { material: 'Teeth' })];
  const compiled: Object3D[] = [];
  let compiling = true;
  const renderer = {
    info: { programs: [{ isReady: () => !compiling }] },
    compile(part: Object3D) {
      compiled.push(part);
    },
  };
  const queue = new ShaderQueue(
    renderer as unknown as WebGLRenderer,
    new Scene().add(skin, teeth),
    new PerspectiveCamera(),
  );
  expect(compiled).toEqual([skin]);
  expect(queue.ready(false)).toBe(false); // no picture before the first shaders are ready
  compiling = false;
  expect(queue.ready(false)).toBe(true);
  expect(queue.ready(false)).toBe(true); // drawn, but not yet on the screen
  expect(compiled).toEqual([skin]);
  expect(queue.ready(true)).toBe(true);
  expect(compiled).toEqual([skin, teeth]);
  compiling = true;
  expect(queue.ready(true)).toBe(true);
  expect(teeth.visible).toBe(false); // a picture with it would wait for its shader
  compiling = false;
  queue.ready(true);
  expect(teeth.visible).toBe(true);
});
