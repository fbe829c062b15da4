import { BoxGeometry, Group, Mesh, PerspectiveCamera, Vector3, type BufferAttribute } from 'three';
import { describe, expect, it } from 'vitest';
import { mesh } from '../../test/model.ts';
import { findPortrait, frame } from './framing.ts';

function box(
  name: string,
  size: readonly [number, number, number],
  at: readonly [number, number, number],
): Mesh {
  const made = new Mesh(new BoxGeometry(...size));
  made.name = name;
  made.position.set(...at);
  return made;
}

function bust(): Group {
  return new Group().add(
    box('Body', [0.5, 1.8, 0.3], [0, 0.9, 0]),
    box('EyeLeft', [0.02, 0.02, 0.02], [0.03, 1.65, 0.1]),
    box('EyeRight', [0.02, 0.02, 0.02], [-0.03, 1.65, 0.1]),
  );
}

function project(point: readonly [number, number, number], hair: Mesh, aspect: number): Vector3 {
  const camera = new PerspectiveCamera();
  frame(camera, findPortrait(new Group().add(...bust().children.slice(1), hair)), aspect);
  camera.updateMatrixWorld(true);
  return new Vector3(...point).project(camera);
}

describe('the portrait', () => {
  it('is found by the eyes, also on a whole body', () => {
    const { eyes, eyeDistance } = findPortrait(bust());
    expect(eyes.toArray()).toEqual([0, 1.65, 0.1].map((x) => expect.closeTo(x, 5) as number));
    expect(eyeDistance).toBeCloseTo(0.06, 5);
  });

  it('is found by what blinks when nothing has a telling name', () => {
    const face = mesh(['eyeBlinkLeft', 'eyeBlinkRight']);
    const targets = face.geometry.morphAttributes['position'] as BufferAttribute[];
    targets[0]?.array.set([0, 0, 0, 0, -0.1, 0, 0, 0, 0]); // moves the point (1, 0, 0)
    targets[1]?.array.set([0, -0.1, 0, 0, 0, 0, 0, 0, 0]); // moves the point (0, 0, 0)
    const { eyes, eyeDistance } = findPortrait(new Group().add(face));
    expect(eyes.toArray()).toEqual([0.5, 0, 0]);
    expect(eyeDistance).toBe(1);
  });

  it.each([0.4, 0.56, 1, 1.78, 3])(
    'shows the whole head at a width-to-height ratio of %d',
    (aspect) => {
      const camera = new PerspectiveCamera();
      const portrait = findPortrait(bust());
      frame(camera, portrait, aspect);
      camera.updateMatrixWorld(true);
      const crown = new Vector3(0, 1.65 + 0.06 * 2, 0.1).project(camera);
      const chin = new Vector3(0, 1.65 - 0.06 * 2, 0.1).project(camera);
      const ear = new Vector3(0.06 * 1.4, 1.65, 0.05).project(camera);
      expect(crown.y).toBeLessThan(1);
      expect(chin.y).toBeGreaterThan(-0.7); // room for the shoulders
      expect(Math.abs(ear.x)).toBeLessThan(1);
      expect(crown.y - chin.y).toBeGreaterThan(0.35); // and large enough
    },
  );

  it('leaves room beside wide hair on a phone', () => {
    const hair = box('Hair', [0.28, 0.3, 0.2], [0, 1.7, 0]);
    expect(project([0.14, 1.7, 0.1], hair, 0.46).x).toBeLessThan(0.97);
    expect(project([0, 1.65 - 0.06 * 4.6, 0.1], hair, 0.46).y).toBeLessThan(-0.98); // a bust ends there
  });

  it('does not step back for arms that are held out', () => {
    const arms = box('Arms', [1.6, 0.1, 0.1], [0, 1.4, 0]);
    const ear: [number, number, number] = [0.084, 1.65, 0.05];
    const narrow = box('Hair', [0.1, 0.3, 0.2], [0, 1.7, 0]);
    expect(project(ear, arms, 0.46).x).toBeCloseTo(project(ear, narrow, 0.46).x, 1);
  });
});
