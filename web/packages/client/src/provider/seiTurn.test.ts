import { expect, it } from 'vitest';
import { encodeAnimation } from '../../../../tests/server/wire.ts';
import type { SeiPacket } from '../protocol/sei.ts';
import { SeiTurn } from './seiTurn.ts';

const STILL = {
  mask: 0n,
  weights: new Uint8Array(0),
  headX: 0,
  headY: 0,
  headZ: 0,
  gazeYaw: 0,
  gazePitch: 0,
};

function animation(sequence: number, flags: { start?: boolean; end?: boolean } = {}): SeiPacket {
  const bytes = encodeAnimation(1, [{ ...STILL, ptsUs: sequence * 40_000 }]);
  return { kind: 'animation', start: false, end: false, ...flags, sequence, animation: bytes };
}

const IDLE: SeiPacket = {
  kind: 'idle',
  start: false,
  end: false,
  sequence: undefined,
  animation: new Uint8Array(0),
};

it('a turn goes from its start to its end', () => {
  const turn = new SeiTurn();
  expect(turn.receive(IDLE)).toBeUndefined();
  expect(turn.receive({ ...IDLE, kind: 'to_speech' })).toBeUndefined();
  expect(turn.receive(animation(0, { start: true }))).toMatchObject({ turn: 1, end: false });
  expect(turn.receive(animation(1))).toMatchObject({ turn: 1, frames: [{ ptsUs: 40_000 }] });
  expect(turn.receive(animation(2, { end: true }))).toMatchObject({ turn: 1, end: true });
  expect(turn.receive(animation(3, { start: true }))).toMatchObject({ turn: 2 });
});

it('after an interrupt nothing counts until the next start', () => {
  const turn = new SeiTurn();
  turn.receive(animation(0, { start: true }));
  turn.interrupt();
  expect(turn.receive(animation(1))).toBe('interrupted');
  expect(turn.receive(IDLE)).toBeUndefined();
  expect(turn.receive(animation(2))).toBe('interrupted');
  expect(turn.receive(animation(3, { start: true }))).toMatchObject({ turn: 2 });
});

it('who joins in the middle sees the rest of the turn', () => {
  const turn = new SeiTurn();
  expect(turn.receive(animation(7))).toMatchObject({ turn: 1 });
  expect(turn.receive(animation(8))).toMatchObject({ turn: 1 });
});

it('what comes twice or cannot be read is dropped for that reason', () => {
  const turn = new SeiTurn();
  turn.receive(animation(4, { start: true }));
  expect(turn.receive(animation(4))).toBe('out_of_order');
  expect(turn.receive({ ...animation(5), animation: Uint8Array.of(1) })).toBe('malformed');
});
