import type { Mesh } from 'three';
import { Group, type Object3D } from 'three';
import type { GLTF } from 'three/addons/loaders/GLTFLoader.js';
import { describe, expect, it } from 'vitest';
import { mesh } from '../../test/model.ts';
import { inspect } from '../capability/capability.ts';
import { markVrm, vrmVersion } from './vrm.ts';

/** What the loader makes of a file with one head bone (node 0) and one face (node 1, mesh 0). */
function file(extensions: object): { gltf: GLTF; face: Mesh; head: Object3D } {
  const head = new Group();
  const face = mesh(['m0', 'm1', 'm2', 'm3', 'm4', 'm5']);
  const scene = new Group().add(head, face);
  const associations = new Map<Object3D, object>([
    [head, { nodes: 0 }],
    [face, { nodes: 1, meshes: 0 }],
  ]);
  const gltf = { scene, parser: { json: { extensions }, associations } };
  return { gltf: gltf as unknown as GLTF, face, head };
}

const VOWELS = ['aa', 'ih', 'ou', 'ee', 'oh'];

describe('a VRM', () => {
  it('of version 1 speaks by its expressions and turns its own bone', () => {
    const expressions = [...VOWELS, 'blink'].map((name, index) => [
      name,
      { morphTargetBinds: [{ node: 1, index, weight: 1 }] },
    ]);
    const { gltf } = file({
      VRMC_vrm: {
        expressions: { preset: Object.fromEntries(expressions) as object },
        humanoid: { humanBones: { head: { node: 0 } } },
      },
    });
    expect(vrmVersion(gltf)).toBe(1);
    markVrm(gltf);
    const report = inspect(gltf.scene);
    expect(report).toMatchObject({ level: 'vowels', joints: ['head'] });
    expect(report.found).toMatchObject({ vrm_aa: ['aa'], vrm_blink: ['blink'] });
  });

  it('of version 0 does so too, and is turned around', () => {
    const groups = ['a', 'i', 'u', 'e', 'o', 'blink'].map((presetName, index) => ({
      presetName,
      name: presetName,
      binds: [{ mesh: 0, index, weight: 100 }],
    }));
    const { gltf } = file({
      VRM: {
        blendShapeMaster: { blendShapeGroups: groups },
        humanoid: { humanBones: [{ bone: 'head', node: 0 }] },
      },
    });
    expect(vrmVersion(gltf)).toBe(0);
    markVrm(gltf);
    expect(inspect(gltf.scene)).toMatchObject({ level: 'vowels', joints: ['head'] });
    expect(gltf.scene.rotation.y).toBeCloseTo(Math.PI);
  });

  it('with ARKit’s shapes as custom expressions says so', () => {
    const custom = { JawOpen: { morphTargetBinds: [{ node: 1, index: 0, weight: 1 }] } };
    const { gltf } = file({ VRMC_vrm: { expressions: { custom } } });
    markVrm(gltf);
    expect(inspect(gltf.scene).found.jawOpen).toEqual(['JawOpen']);
  });

  it('that is broken is taken for what it still is', () => {
    const { gltf } = file({
      VRMC_vrm: { expressions: { preset: { aa: 5, ih: { morphTargetBinds: 'x' } } }, humanoid: [] },
    });
    markVrm(gltf);
    expect(inspect(gltf.scene).level).toBe('none');
  });
});

it('a GLB that is no VRM is left alone', () => {
  const { gltf } = file({});
  expect(vrmVersion(gltf)).toBeUndefined();
  markVrm(gltf);
  expect(gltf.scene.rotation.y).toBe(0);
});
