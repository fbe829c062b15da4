import { BLEND_SHAPES } from '@avamotion/client';
import { Bone, Group, Mesh } from 'three';
import { describe, expect, it } from 'vitest';
import { arkit, foreignHead, type Targets } from '../../test/foreign.ts';
import { mesh } from '../../test/model.ts';
import { builtClosure, loadHead, PEOPLE } from '../../test/people.ts';
import type { ClosureCurve } from '../avatar/metadata.ts';
import { inspect } from '../capability/capability.ts';
import { calibrate, lipWarnings, SEALED_MM, type Calibration } from './calibration.ts';

async function calibrated(root: Group, given?: ClosureCurve): Promise<Calibration> {
  return calibrate(root, inspect(root), given);
}

/** Oculus' mouth shapes in terms of ARKit's. */
const OCULUS: Targets = {
  viseme_sil: {},
  viseme_PP: { mouthPressLeft: 0.4, mouthPressRight: 0.4 },
  viseme_FF: { jawOpen: 0.1, mouthRollLower: 0.6, mouthUpperUpLeft: 0.4, mouthUpperUpRight: 0.4 },
  viseme_DD: { jawOpen: 0.18, mouthLowerDownLeft: 0.25, mouthLowerDownRight: 0.25 },
  viseme_kk: { jawOpen: 0.25 },
  viseme_CH: { mouthFunnel: 0.55, jawOpen: 0.1 },
  viseme_aa: { jawOpen: 0.65 },
  viseme_E: { jawOpen: 0.3, mouthStretchLeft: 0.3, mouthStretchRight: 0.3 },
  viseme_I: { jawOpen: 0.2, mouthSmileLeft: 0.4, mouthSmileRight: 0.4 },
  viseme_O: { jawOpen: 0.4, mouthFunnel: 0.7 },
  viseme_U: { jawOpen: 0.2, mouthPucker: 0.8 },
  eyeBlinkLeft: { eyeBlinkLeft: 1 },
  eyeBlinkRight: { eyeBlinkRight: 1 },
};

describe.each(PEOPLE)('%s', (person) => {
  it.each(['avatar.glb', 'avatar_low.glb'])(
    'gets about the curve that %s was built with, and shuts',
    async (file) => {
      const built = builtClosure(person);
      const { closure, lips } = await calibrated(await loadHead(person, file));
      expect(lips.curve).toBe('measured');
      expect(lips.gapMm).toBeLessThanOrEqual(SEALED_MM);
      expect(closure?.jawOpen).toEqual(built.jawOpen);
      expect(closure?.add).toEqual(built.add);
      closure?.mouthClose.forEach((weight, i) => {
        expect(Math.abs(weight - (built.mouthClose[i] as number))).toBeLessThan(0.01);
      });
      for (const shape of ['mouthFunnel', 'mouthLowerDownLeft', 'mouthUpperUpRight'])
        expect(Math.abs((closure?.damp[shape] ?? 0) - (built.damp[shape] ?? 0))).toBeLessThan(0.1);
    },
  );

  it('is told how well the curve in its file shuts', async () => {
    const { closure, lips } = await calibrated(await loadHead(person), builtClosure(person));
    expect(closure).toEqual(builtClosure(person));
    expect(lips).toMatchObject({ curve: 'file', seals: true });
  });
});

describe('a foreign head', () => {
  it.each([0.01, 3, 100])('%d times as large gets the same curve', async (scale) => {
    const own = await calibrated(await loadHead('mia', 'avatar_low.glb'));
    const large = await loadHead('mia', 'avatar_low.glb');
    large.scale.setScalar(scale);
    const { closure, lips } = await calibrated(new Group().add(large));
    expect(lips.seals).toBe(true);
    closure?.mouthClose.forEach((weight, i) => {
      expect(Math.abs(weight - (own.closure?.mouthClose[i] as number))).toBeLessThan(0.01);
    });
  });

  it('with other names gets the same curve', async () => {
    const own = await calibrated(await loadHead('leo'));
    const head = await loadHead('leo');
    head.traverse((part) => {
      if (!(part instanceof Mesh)) return;
      part.morphTargetDictionary = Object.fromEntries(
        Object.entries(part.morphTargetDictionary ?? {}).map(([name, index]) => [
          `blendShape1.${name.replace(/Left$/, '_L').replace(/Right$/, '_R')}`,
          index,
        ]),
      );
    });
    expect(await calibrated(head)).toEqual(own);
  });

  it('whose mouthClose is weak closes more, and draws the jaw up where that is not enough', async () => {
    const head = foreignHead(await loadHead('ada'), arkit({ mouthClose: 0.6 }), 'halves');
    const { closure, lips } = await calibrated(head);
    expect(lips.seals).toBe(true);
    expect(closure?.mouthClose[closure.jawOpen.indexOf(0.3)]).toBeCloseTo(0.3 / 0.6, 1);
    expect(lips.shutUpTo).toBeGreaterThan(0.55);
    expect(lips.shutUpTo).toBeLessThan(0.8);
    expect(closure?.add['jawOpen']?.at(-1)).toBeCloseTo((lips.shutUpTo ?? 0) - 1, 5);
    expect(lipWarnings(lips).join()).toMatch(/up to 0\.\d\d open: beyond that the jaw comes along/);
  });

  it.each(['whole', 'halves'] as const)(
    'in other pieces (%s) gets the same curve, and teeth are not taken for lips',
    async (form) => {
      const { closure, lips } = await calibrated(
        foreignHead(await loadHead('kenji'), arkit(), form),
      );
      const built = builtClosure('kenji');
      expect(lips.seals).toBe(true);
      closure?.mouthClose.forEach((weight, i) => {
        expect(Math.abs(weight - (built.mouthClose[i] as number))).toBeLessThan(0.01);
      });
    },
  );

  it('without mouthClose shuts its jaw', async () => {
    const targets = arkit({
      mouthClose: 0,
      mouthPressLeft: 0,
      mouthPressRight: 0,
      mouthRollLower: 0,
    });
    const { lips, closure } = await calibrated(
      foreignHead(await loadHead('mia', 'avatar_low.glb'), targets, 'whole'),
    );
    expect(lips).toMatchObject({ curve: 'measured', seals: true });
    expect(closure?.add['jawOpen']?.at(-1)).toBeLessThan(-0.9);
  });

  it('with only a jaw shape shuts it', async () => {
    const targets = { mouthOpen: { jawOpen: 1 } } as const;
    const head = foreignHead(await loadHead('mia', 'avatar_low.glb'), targets, 'whole');
    const { lips } = await calibrated(head);
    expect(lips).toMatchObject({ curve: 'measured', seals: true, shutUpTo: 0 });
    expect(lipWarnings(lips).join()).toContain('the jaw shuts');
  });

  it('with visemes shuts', async () => {
    const head = foreignHead(await loadHead('leo', 'avatar_low.glb'), OCULUS, 'whole');
    expect(inspect(head).level).toBe('visemes');
    const { lips, closure } = await calibrated(head);
    expect(lips).toMatchObject({ curve: 'measured', seals: true, shutUpTo: 1 });
    expect(closure?.damp['mouthFunnel']).toBeGreaterThan(0.5);
  });

  it('that is ajar and cannot close says how far it stays open', async () => {
    const head = foreignHead(await loadHead('mia'), { mouthOpen: { jawOpen: 1 } }, 'whole');
    head.traverse((part) => {
      if (!(part instanceof Mesh)) return;
      const { geometry } = part;
      const [open] = geometry.morphAttributes['position'] ?? [];
      const points = geometry.getAttribute('position');
      for (let i = 0; i < points.count; i++)
        points.setY(i, points.getY(i) + 0.12 * (open?.getY(i) ?? 0));
    });
    const { lips } = await calibrated(head);
    expect(lips.seals).toBe(false);
    expect(lips.gapMm).toBeGreaterThan(SEALED_MM);
    expect(lipWarnings(lips).join()).toMatch(/do not meet on p, b and m: a gap of \d\.\d mm stays/);
  });
});

describe('where no lips can be found', () => {
  it('the curve is a guess, and that is said', async () => {
    const { closure, lips } = await calibrated(new Group().add(mesh(BLEND_SHAPES)));
    expect(closure).toMatchObject({ jawOpen: [0, 1], mouthClose: [0, 1], add: {} });
    expect(lips).toMatchObject({ curve: 'assumed', seals: undefined });
    expect(lipWarnings(lips).join()).toContain('is a guess');
  });

  it('and nothing closes them, the jaw shuts', async () => {
    const { closure } = await calibrated(new Group().add(mesh(['jawOpen'])));
    expect(closure?.add).toEqual({ jawOpen: [0, -1] });
  });

  it('a jaw joint needs no curve', async () => {
    const jaw = new Bone();
    jaw.name = 'jaw';
    expect(await calibrated(new Group().add(jaw))).toMatchObject({
      closure: undefined,
      lips: { curve: 'none' },
    });
  });
});
