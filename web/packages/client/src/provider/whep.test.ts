import { describe, expect, it } from 'vitest';
import { parseIceLinks } from './whep.ts';

describe('parseIceLinks', () => {
  it('reads what the server writes', () => {
    const header =
      '<stun:stun.example:3478>; rel="ice-server", <turn:turn.example:3478?transport=udp>; rel="ice-server"; ' +
      'username="me"; credential="hush, now; really"; credential-type="password"';
    expect(parseIceLinks(header)).toEqual([
      { urls: 'stun:stun.example:3478' },
      {
        urls: 'turn:turn.example:3478?transport=udp',
        username: 'me',
        credential: 'hush, now; really',
      },
    ]);
  });

  it.each(['', 'nonsense', '<https://example.org>; rel="next"', '<stun:x'])(
    'finds nothing in %j',
    (header) => {
      expect(parseIceLinks(header)).toEqual([]);
    },
  );
});
