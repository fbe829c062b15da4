import { blendShapeIndex, Pose } from '@avamotion/client';
import {
  Bone,
  BufferGeometry,
  Group,
  Mesh,
  MeshStandardMaterial,
  Quaternion,
  Vector3,
} from 'three';
import { describe, expect, it } from 'vitest';
import { Face } from './face.ts';

/** A mesh with these morph targets. */
function mesh(names: readonly string[], material: string = 'Skin'): Mesh {
  const made = new Mesh(new BufferGeometry(), new MeshStandardMaterial({ name: material }));
  made.morphTargetDictionary = Object.fromEntries(names.map((name, i) => [name, i]));
  made.morphTargetInfluences = names.map(() => 0);
  return made;
}

function turned(yawRad: number): Pose {
  const pose = new Pose();
  pose.head.set(new Quaternion().setFromAxisAngle(new Vector3(0, 1, 0), yawRad).toArray());
  return pose;
}

describe('a pose', () => {
  it('reaches every mesh that has the blend shape', () => {
    const head = mesh(['jawOpen', 'somethingElse']);
    const teeth = mesh(['eyeBlinkLeft', 'jawOpen']);
    const face = new Face(new Group().add(head, teeth), undefined);
    const pose = new Pose();
    pose.weights[blendShapeIndex('jawOpen')] = 0.4;
    face.apply(pose);
    expect(head.morphTargetInfluences).toEqual([expect.closeTo(0.4), 0]);
    expect(teeth.morphTargetInfluences).toEqual([0, expect.closeTo(0.4)]);
    expect(face.shapes).toEqual([blendShapeIndex('eyeBlinkLeft'), blendShapeIndex('jawOpen')]);
  });

  it('that looks to the avatar’s left turns the left eye out and the right one in', () => {
    const eyes = mesh(['eyeLookOutLeft', 'eyeLookInLeft', 'eyeLookInRight', 'eyeLookUpLeft']);
    const face = new Face(new Group().add(eyes), undefined);
    const pose = new Pose();
    pose.gazeYawRad = 0.2;
    pose.gazePitchRad = 0.1;
    face.apply(pose);
    expect(eyes.morphTargetInfluences).toEqual(
      [0.5, 0, 0.5, 0.25].map((w) => expect.closeTo(w, 5) as number),
    );
  });

  it('turns neck and head by half each, whatever their rest pose', () => {
    const neck = new Bone();
    neck.name = 'Neck';
    neck.quaternion.setFromAxisAngle(new Vector3(1, 0, 0), 0.4);
    const head = new Bone();
    head.name = 'Head';
    head.quaternion.setFromAxisAngle(new Vector3(0, 0, 1), 0.2);
    const root = new Group().add(neck.add(head));
    root.updateMatrixWorld(true);
    const rest = head.getWorldQuaternion(new Quaternion());
    const face = new Face(root, undefined);
    face.apply(turned(0.3));
    root.updateMatrixWorld(true);
    const wanted = new Quaternion().setFromAxisAngle(new Vector3(0, 1, 0), 0.3).multiply(rest);
    expect(head.getWorldQuaternion(new Quaternion()).angleTo(wanted)).toBeLessThan(0.01);
    face.apply(new Pose());
    root.updateMatrixWorld(true);
    expect(head.getWorldQuaternion(new Quaternion()).angleTo(rest)).toBeLessThan(1e-3);
  });

  it('turns a bust without a neck gently as a whole', () => {
    const root = new Group().add(mesh(['jawOpen']));
    new Face(root, undefined).apply(turned(0.4));
    expect(root.quaternion.angleTo(new Quaternion())).toBeCloseTo(0.2, 3);
  });
});

it('teeth are dark behind shut lips', () => {
  const teeth = mesh(['jawOpen'], 'Teeth');
  const face = new Face(new Group().add(teeth), undefined);
  const { color } = teeth.material as MeshStandardMaterial;
  const pose = new Pose();
  face.apply(pose);
  expect(color.r).toBeLessThan(0.2);
  pose.weights[blendShapeIndex('jawOpen')] = 0.6;
  face.apply(pose);
  expect(color.r).toBe(1);
});
