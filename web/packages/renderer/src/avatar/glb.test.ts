import { describe, expect, it } from 'vitest';
import { checkGlb, MAX_GLB_BYTES, parseGlb } from './glb.ts';

/** A GLB whose only chunk is this JSON. */
function glb(json: string, version: number = 2): ArrayBuffer {
  const text = new TextEncoder().encode(json);
  const bytes = new ArrayBuffer(20 + text.length);
  const view = new DataView(bytes);
  [0x46546c67, version, bytes.byteLength, text.length, 0x4e4f534a].forEach((word, i) => {
    view.setUint32(4 * i, word, true);
  });
  new Uint8Array(bytes, 20).set(text);
  return bytes;
}

describe('a file', () => {
  it('that is a GLB is fine', () => {
    expect(
      checkGlb(glb('{"asset":{"version":"2.0"},"buffers":[{"byteLength":4}]}')),
    ).toBeUndefined();
  });

  it.each([
    ['too short', new ArrayBuffer(3), 'too short'],
    ['no GLB', new ArrayBuffer(64), 'no GLB'],
    ['of another version', glb('{}', 1), 'version 1'],
    ['cut off', glb('{"asset":{}}').slice(0, 24), 'cut off'],
    ['not whole', glb('{"buffers":[{"uri":"head.bin"}]}'), 'other files'],
    ['textured from elsewhere', glb('{"images":[{"uri":"//x/skin.png"}]}'), 'other files'],
  ])('that is %s is refused', (_, bytes, problem) => {
    expect(checkGlb(bytes)).toContain(problem);
  });

  it('that is too large is refused before anything is parsed', () => {
    const large = { byteLength: MAX_GLB_BYTES + 1 } as ArrayBuffer;
    expect(checkGlb(large)).toContain('60 MB');
  });

  it('that no loader can read says why, in a sentence', async () => {
    await expect(parseGlb(glb('{"asset":'), 'x.glb')).rejects.toMatchObject({
      code: 'avatar_invalid',
      message: expect.stringMatching(/^The avatar x\.glb cannot be shown: /) as string,
    });
  });
});
