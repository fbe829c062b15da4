import { blendShapeIndex, Pose } from '@avamotion/client';
import { Bone, Group, Quaternion, Vector3, type MeshStandardMaterial } from 'three';
import { describe, expect, it } from 'vitest';
import { mesh } from '../../test/model.ts';
import { Face } from './face.ts';

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

describe('on a face without ARKit’s shapes', () => {
  it('visemes speak, and a shape that two controls share gets both', () => {
    const face = mesh(['viseme_aa', 'viseme_O', 'eyesClosed', 'jawOpen']);
    const pose = new Pose();
    pose.weights[blendShapeIndex('jawOpen')] = 0.5;
    pose.weights[blendShapeIndex('eyeBlinkLeft')] = 1;
    pose.weights[blendShapeIndex('eyeBlinkRight')] = 1;
    new Face(new Group().add(face), undefined, 'visemes').apply(pose);
    // The jaw opens by the viseme alone: two vocabularies at once would open it twice.
    expect(face.morphTargetInfluences).toEqual([expect.closeTo(0.45), 0, 1, 0]);
  });

  it('a jaw joint drops, and not while the lips are closed', () => {
    const jaw = new Bone();
    jaw.name = 'jaw';
    const face = new Face(new Group().add(jaw), undefined, 'jaw');
    const pose = new Pose();
    pose.weights[blendShapeIndex('jawOpen')] = 1;
    face.apply(pose);
    const chin = new Vector3(0, 0, 1).applyQuaternion(jaw.quaternion);
    expect(chin.y).toBeLessThan(-0.2);
    pose.weights[blendShapeIndex('mouthClose')] = 1;
    face.apply(pose);
    expect(jaw.quaternion.angleTo(new Quaternion())).toBeCloseTo(0);
  });

  it('eye joints look where the gaze goes', () => {
    const eye = new Bone();
    eye.name = 'LeftEye';
    const face = new Face(new Group().add(eye, mesh(['jawOpen'])), undefined, 'jaw');
    const pose = new Pose();
    pose.gazeYawRad = 0.2;
    pose.gazePitchRad = 0.1;
    face.apply(pose);
    const ray = new Vector3(0, 0, 1).applyQuaternion(eye.quaternion);
    expect(ray.x).toBeCloseTo(Math.sin(0.2) * Math.cos(0.1), 2);
    expect(ray.y).toBeCloseTo(Math.sin(0.1), 2);
  });
});

it('teeth are dark behind shut lips', () => {
  const teeth = mesh(['jawOpen'], { material: 'Teeth' });
  const face = new Face(new Group().add(teeth), undefined);
  const { color } = teeth.material as MeshStandardMaterial;
  const pose = new Pose();
  face.apply(pose);
  expect(color.r).toBeLessThan(0.2);
  pose.weights[blendShapeIndex('jawOpen')] = 0.6;
  face.apply(pose);
  expect(color.r).toBe(1);
});
