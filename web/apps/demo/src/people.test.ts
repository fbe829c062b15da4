import { expect, it } from 'vitest';
import { idOf, readPeople } from './people.ts';

it('people are who has an id', () => {
  const avatars = [
    { id: 'mia', name: 'Mia', files: { thumbnail: 't.webp' } },
    { id: 'leo' },
    5,
    null,
  ];
  expect(readPeople({ avatars })).toEqual([
    { id: 'mia', name: 'Mia', thumbnail: '/avatars/mia/t.webp' },
    { id: 'leo', name: 'leo', thumbnail: undefined },
  ]);
});

it.each([null, {}, { avatars: 'x' }])('%j says nobody', (answer) => {
  expect(readPeople(answer)).toEqual([]);
});

it.each(['mia', '/avatars/mia/avatar.json', '/avatars/mia@79c17037/avatar.json'])(
  '%s names mia',
  (wanted) => {
    expect(idOf(wanted)).toBe('mia');
  },
);
