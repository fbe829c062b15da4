import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseControl } from './control.ts';

describe('a text message', () => {
  it.each([
    [
      '{"type":"joined","version":1,"uid":1001,"members":[{"uid":2001,"publisher":true,"epoch":3},{"uid":5}]}',
      {
        type: 'joined',
        uid: 1001,
        members: [
          { uid: 2001, publisher: true, epoch: 3 },
          { uid: 5, publisher: false, epoch: 0 },
        ],
      },
    ],
    [
      '{"type":"turn","uid":2001,"turn":7,"epoch":3,"first_frame_ms":21.4}',
      { type: 'turn', uid: 2001, turn: 7, epoch: 3, firstFrameMs: 21.4 },
    ],
    ['{"type":"clear","uid":2001,"epoch":4}', { type: 'clear', uid: 2001, epoch: 4 }],
    ['{"type":"member_left","uid":2001}', { type: 'member_left', uid: 2001 }],
    [
      '{"type":"message","from":1001,"topic":"say","data":{"text":"Hello"}}',
      { type: 'message', from: 1001, topic: 'say', data: { text: 'Hello' } },
    ],
    [
      '{"type":"error","code":"uid_taken","message":"taken"}',
      { type: 'error', code: 'uid_taken', message: 'taken' },
    ],
    ['{"type":"pong","id":5}', { type: 'pong', id: 5 }],
  ])('%s is read', (text, message) => {
    expect(parseControl(text)).toEqual(message);
  });

  it.each([
    '',
    '[]',
    'null',
    '{"type":"clear"}',
    '{"type":"clear","uid":-1,"epoch":0}',
    '{"type":"new","uid":1}',
  ])('%s is none', (text) => {
    expect(parseControl(text)).toBeUndefined();
  });

  it('never throws, whatever it is', () => {
    const types = fc.constantFrom(
      'joined',
      'turn',
      'clear',
      'message',
      'error',
      'pong',
      'member_joined',
    );
    const objects = fc.record({
      type: types,
      uid: fc.jsonValue(),
      epoch: fc.jsonValue(),
      members: fc.jsonValue(),
    });
    fc.assert(
      fc.property(
        fc.oneof(
          objects.map((value) => JSON.stringify(value)),
          fc.string(),
        ),
        (text) => {
          parseControl(text);
        },
      ),
    );
  });
});
