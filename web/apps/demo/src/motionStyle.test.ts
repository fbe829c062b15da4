import { expect, it } from 'vitest';
import { DEFAULT_STYLE, NO_CHOICES, readChoices } from './motionStyle.ts';

it('what is chosen stands over what is usual', () => {
  const voice = {
    voices: [{ id: 'deeper', name: 'Deeper' }, 7, { id: 'x' }],
    timbre: 'deeper',
    speed: 0.8,
  };
  expect(readChoices({ voice, style: { emotion: 'happy', head: false, lead_ms: 'soon' } })).toEqual(
    {
      voices: [
        { id: 'deeper', name: 'Deeper' },
        { id: 'x', name: 'x' },
      ],
      timbre: 'deeper',
      speed: 0.8,
      style: { ...DEFAULT_STYLE, emotion: 'happy', head: false },
    },
  );
});

it.each([null, 5, {}, { voice: 'x', style: [] }])('%j says nothing', (data) => {
  expect(readChoices(data)).toEqual(NO_CHOICES);
});
