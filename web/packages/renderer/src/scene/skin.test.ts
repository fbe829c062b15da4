import { MeshPhysicalMaterial, type WebGLRenderer } from 'three';
import { expect, it } from 'vitest';
import { scatter, SCATTER_SUPPORTED } from './skin.ts';

it('this version of three.js has the line that skin needs changed', () => {
  expect(SCATTER_SUPPORTED).toBe(true);
});

it('skin changes its fragment shader', () => {
  const material = new MeshPhysicalMaterial();
  scatter(material);
  const shader = { fragmentShader: '#include <lights_physical_pars_fragment>' };
  material.onBeforeCompile(shader as never, {} as WebGLRenderer);
  expect(shader.fragmentShader).toContain('vec3 reach');
});
