import { describe, expect, it } from 'vitest';
import { readMetadata } from './metadata.ts';

const GOOD = {
  format: 1,
  id: 'mia',
  name: 'Mia',
  files: { full: 'avatar.glb', low: 'avatar_low.glb' },
  closure: { jawOpen: [0, 1], mouthClose: [0, 0.9], add: {}, damp: { mouthFunnel: 0.8 } },
};

describe('avatar.json', () => {
  it('is read', () => {
    expect(readMetadata(GOOD)).toMatchObject({
      id: 'mia',
      name: 'Mia',
      files: { full: 'avatar.glb', low: 'avatar_low.glb' },
      closure: { mouthClose: [0, 0.9], damp: { mouthFunnel: 0.8 } },
    });
  });

  it('needs neither a name, nor a low file, nor a closure curve', () => {
    expect(readMetadata({ id: 'x', files: { high: 'x.glb' } })).toMatchObject({
      name: 'x',
      files: { full: 'x.glb', low: 'x.glb' },
      closure: undefined,
    });
  });

  it.each([
    [undefined, 'it is not a JSON object'],
    [{ files: {} }, 'it has no id'],
    [{ id: 'x' }, 'it has no files'],
    [{ id: 'x', files: {} }, 'files.full is missing'],
    [
      { ...GOOD, closure: { jawOpen: [0, 0], mouthClose: [0, 1] } },
      'closure.jawOpen does not ascend',
    ],
    [
      { ...GOOD, closure: { jawOpen: [0, 1], mouthClose: [0] } },
      'closure.mouthClose has not one number per knot',
    ],
    [
      { ...GOOD, closure: { ...GOOD.closure, add: { a: [1] } } },
      'closure.add.a has not one number per knot',
    ],
    [{ ...GOOD, closure: { ...GOOD.closure, damp: { a: 'b' } } }, 'closure.damp.a is not a number'],
  ])('%j is broken', (value, problem) => {
    expect(readMetadata(value)).toBe(problem);
  });
});
