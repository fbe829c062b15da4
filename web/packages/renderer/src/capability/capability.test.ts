import { BLEND_SHAPES } from '@avamotion/client';
import { Bone, Group } from 'three';
import { describe, expect, it } from 'vitest';
import { mesh } from '../../test/model.ts';
import { inspect } from './capability.ts';
import { VISEMES } from './control.ts';

const OCULUS = VISEMES.map((name) => `viseme_${name}`);

function bone(name: string): Bone {
  const made = new Bone();
  made.name = name;
  return made;
}

describe('a model', () => {
  it('with ARKit’s shapes speaks with them', () => {
    const report = inspect(new Group().add(mesh(BLEND_SHAPES), bone('Neck').add(bone('Head'))));
    expect(report).toMatchObject({
      level: 'arkit',
      missing: [],
      unknown: [],
      problems: [],
      warnings: [],
    });
    expect(report.joints).toEqual(['neck', 'head']);
    expect(report.found.jawOpen).toEqual(['jawOpen']);
  });

  it('with some of them says which are missing', () => {
    const some = BLEND_SHAPES.filter((name) => !name.startsWith('brow'));
    const report = inspect(new Group().add(mesh([...some, 'wink', 'frown2'])));
    expect(report.level).toBe('arkit');
    expect(report.missing).toEqual(BLEND_SHAPES.filter((name) => name.startsWith('brow')));
    expect(report.unknown).toEqual(['wink', 'frown2']);
  });

  it('with visemes and a blink speaks with visemes', () => {
    const report = inspect(new Group().add(mesh([...OCULUS, 'eyeBlinkLeft', 'eyeBlinkRight'])));
    expect(report.level).toBe('visemes');
    expect(report.warnings.join()).not.toContain('blink');
  });

  it('with five vowels speaks with vowels', () => {
    const names = ['A', 'I', 'U', 'E', 'O'].map((vowel) => `Face.M_F00_000_00_Fcl_MTH_${vowel}`);
    expect(inspect(new Group().add(mesh(names))).level).toBe('vowels');
  });

  it.each([
    ['a jaw shape', new Group().add(mesh(['mouthOpen']))],
    ['a jaw joint', new Group().add(bone('Jaw'))],
  ])('with only %s flaps its jaw, and is warned about', (_, root) => {
    const report = inspect(root);
    expect(report.level).toBe('jaw');
    expect(report.warnings.join(' ')).toMatch(/cannot blink.*Only its jaw moves/);
  });

  it.each([
    ['no morph targets', new Group(), /no morph targets and no jaw/],
    ['unnamed ones', new Group().add(mesh(['0', '1', '2'])), /3 morph targets without names/],
    ['strange ones', new Group().add(mesh(['Key 1', 'Key 2'])), /Key 1, Key 2.*name them as ARKit/],
  ])('with %s cannot speak, and the reason is said', (_, root, reason) => {
    const report = inspect(root);
    expect(report.level).toBe('none');
    expect(report.problems.join(' ')).toMatch(reason);
  });
});

describe('a warning', () => {
  it('names shapes that move nothing', () => {
    const report = inspect(new Group().add(mesh(['jawOpen']), mesh(['mouthClose'], { move: 0 })));
    expect(report.missing).toContain('mouthClose');
    expect(report.warnings).toContain('mouthClose is there but moves nothing.');
  });

  it('tells that a jaw opens the wrong way', () => {
    expect(inspect(new Group().add(mesh(['jawOpen'], { move: 0.1 }))).warnings).toContain(
      'jawOpen does not lower the chin.',
    );
  });

  it('tells that the lower teeth stay behind', () => {
    const teeth = mesh(['smile']);
    teeth.name = 'LowerTeeth';
    const report = inspect(new Group().add(mesh(['jawOpen']), teeth));
    expect(report.warnings).toContain('The jaw leaves LowerTeeth behind.');
  });
});
