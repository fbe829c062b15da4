import type { MeshStandardMaterial } from 'three';
import {
  Bone,
  Float32BufferAttribute,
  Group,
  Skeleton,
  SkinnedMesh,
  Uint16BufferAttribute,
  Vector3,
  type BufferAttribute,
  type Mesh,
  type Object3D,
} from 'three';
import { describe, expect, it } from 'vitest';
import { mesh } from '../../test/model.ts';
import { dress } from '../scene/look.ts';
import { Deformer } from './deformer.ts';

/** A face that turns half with its neck and half with the stage. */
function skinned(): SkinnedMesh {
  const face = mesh(['jawOpen', 'mouthSmileLeft']);
  face.geometry.setAttribute(
    'skinIndex',
    new Uint16BufferAttribute([0, 1, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0], 4),
  );
  face.geometry.setAttribute(
    'skinWeight',
    new Float32BufferAttribute([0.5, 0.5, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0], 4),
  );
  const made = new SkinnedMesh(face.geometry, face.material as MeshStandardMaterial);
  const [root, neck] = [new Bone(), new Bone()];
  neck.position.set(0, 0.5, 0);
  root.add(neck);
  made.add(root);
  made.updateMatrixWorld(true);
  made.bind(new Skeleton([root, neck]));
  made.morphTargetInfluences = [0, 0];
  return made;
}

function drawnPoints(deformer: Deformer, scene: Object3D): Vector3[] {
  scene.updateMatrixWorld(true);
  deformer.update();
  const found: Vector3[] = [];
  scene.traverse((part) => {
    if (!('isMesh' in part)) return;
    const points = (part as Mesh).geometry.getAttribute('position') as BufferAttribute;
    for (let i = 0; i < points.count; i++)
      found.push(new Vector3().fromBufferAttribute(points, i).applyMatrix4(part.matrixWorld));
  });
  return found;
}

function expectSame(drawn: readonly Vector3[], source: Mesh): void {
  expect(drawn.length).toBe(source.geometry.getAttribute('position').count);
  drawn.forEach((point, i) => {
    const wanted = source.getVertexPosition(i, new Vector3()).applyMatrix4(source.matrixWorld);
    expect(point.distanceTo(wanted)).toBeLessThan(1e-6);
  });
}

describe('what is drawn plainly stands where three.js would put it', () => {
  it.each([
    [0, 0],
    [0.7, 0],
    [0.3, 0.6],
  ])('with weights %f and %f', (open, smile) => {
    const face = mesh(['jawOpen', 'mouthSmileLeft'], { move: -0.2 });
    face.position.set(1, 2, 3);
    face.scale.setScalar(0.5);
    const scene = new Group().add(new Group().add(face));
    dress(scene, 'low');
    scene.updateMatrixWorld(true);
    const deformer = new Deformer(scene);
    (face.morphTargetInfluences as number[]).splice(0, 2, open, smile);
    expectSame(drawnPoints(deformer, scene), face);
  });

  it('with joints, which stay where they were', () => {
    const [model, reference] = [0, 1].map(() => {
      const group = new Group().add(skinned());
      group.position.set(0.1, -0.2, 0.3);
      group.updateMatrixWorld(true);
      return group;
    }) as [Group, Group];
    const faces = [model, reference].map((group) => group.children[0] as SkinnedMesh);
    dress(model, 'low');
    const deformer = new Deformer(model);
    const scene = new Group().add(model, deformer.stage);
    for (const angle of [0.4, -0.9]) {
      for (const face of faces) {
        face.skeleton.bones[1]?.rotation.set(angle, 0.2, 0);
        (face.morphTargetInfluences as number[])[0] = Math.abs(angle);
      }
      reference.updateMatrixWorld(true);
      expectSame(drawnPoints(deformer, scene), faces[1] as SkinnedMesh);
    }
  });

  it('and comes back when the weights do', () => {
    const face = mesh(['jawOpen']);
    const scene = new Group().add(face);
    dress(scene, 'low');
    const deformer = new Deformer(scene);
    const rest = drawnPoints(deformer, scene);
    (face.morphTargetInfluences as number[])[0] = 1;
    expect(drawnPoints(deformer, scene)).not.toEqual(rest);
    (face.morphTargetInfluences as number[])[0] = 0;
    expect(drawnPoints(deformer, scene)).toEqual(rest);
  });
});
