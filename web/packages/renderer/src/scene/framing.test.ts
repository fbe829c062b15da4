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
});
