import { expect, it } from 'vitest';
import { insistOnWebSocket, Objection, silenceMs } from './objection.ts';

it('a run whose page changed to WebRTC is refused in a sentence', () => {
  expect(() => {
    insistOnWebSocket('webrtc');
  }).toThrow(/changed from the WebSocket to “webrtc”.*Run it again/);
  insistOnWebSocket('local');
});

it('silence counts from the stop, and only where there was sound', () => {
  expect(silenceMs(10, 10.06)).toBeCloseTo(60);
  expect(silenceMs(10, 9.9)).toBe(0); // stopped between two words
  expect(() => silenceMs(10, 2)).toThrow(Objection);
  expect(() => silenceMs(10, -Infinity)).toThrow(Objection);
});
