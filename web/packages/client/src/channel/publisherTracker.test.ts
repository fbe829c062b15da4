import { describe, expect, it } from 'vitest';
import type { ChannelPacket } from '../protocol/packet.ts';
import { PublisherTracker } from './publisherTracker.ts';

const AGENT = 2001;

function packet(fields: Partial<ChannelPacket> = {}): ChannelPacket {
  const nothing = { opus: new Uint8Array(0), frames: [], start: false, end: false };
  return { uid: AGENT, epoch: 0, turn: 1, sequence: 0, ptsUs: 0, ...nothing, ...fields };
}

describe('turns', () => {
  it('grow over a restart of the publisher, whose own count begins again', () => {
    const tracker = new PublisherTracker();
    tracker.receivePacket(packet({ turn: 5, sequence: 100 }));
    tracker.receiveControl({ type: 'member_left', uid: AGENT });
    tracker.receiveControl({ type: 'member_joined', uid: AGENT, publisher: true, epoch: 0 });
    expect(tracker.receivePacket(packet({ turn: 1, sequence: 0 }))).toMatchObject({ turn: 2 });
  });

  it('stay the same from packet to packet', () => {
    const tracker = new PublisherTracker();
    const turns = [0, 1, 2].map((sequence) => tracker.receivePacket(packet({ sequence })));
    expect(turns).toEqual(turns.map(() => ({ turn: 1, clear: false, missing: 0 })));
  });
});

describe('a packet', () => {
  it('of an older epoch is stale', () => {
    const tracker = new PublisherTracker();
    tracker.receivePacket(packet());
    expect(tracker.receiveControl({ type: 'clear', uid: AGENT, epoch: 1 })).toBe(true);
    expect(tracker.receivePacket(packet({ sequence: 1 }))).toBe('stale_epoch');
    expect(tracker.receivePacket(packet({ sequence: 2, epoch: 1, turn: 2 }))).toMatchObject({
      turn: 2,
      clear: false,
    });
    expect(tracker.epoch).toBe(1);
  });

  it('of a newer epoch clears, also when the clear message never came', () => {
    const tracker = new PublisherTracker();
    tracker.receivePacket(packet());
    expect(tracker.receivePacket(packet({ sequence: 1, epoch: 1, turn: 2 }))).toMatchObject({
      clear: true,
      turn: 2,
    });
  });

  it('that comes twice is out of order, and a gap is counted', () => {
    const tracker = new PublisherTracker();
    tracker.receivePacket(packet({ sequence: 4 }));
    expect(tracker.receivePacket(packet({ sequence: 4 }))).toBe('out_of_order');
    expect(tracker.receivePacket(packet({ sequence: 8 }))).toMatchObject({ missing: 3 });
  });

  it('of another publisher is dropped while one speaks, and heard when it has ended', () => {
    const tracker = new PublisherTracker();
    tracker.receivePacket(packet());
    expect(tracker.receivePacket(packet({ uid: 7 }))).toBe('other_publisher');
    tracker.receivePacket(packet({ sequence: 1, end: true }));
    expect(tracker.receivePacket(packet({ uid: 7 }))).toMatchObject({ turn: 2 });
  });
});

describe('joining again', () => {
  it('clears when the publisher was interrupted in between', () => {
    const tracker = new PublisherTracker();
    tracker.receivePacket(packet());
    const joined = (epoch: number): boolean =>
      tracker.receiveControl({
        type: 'joined',
        uid: 1,
        members: [{ uid: AGENT, publisher: true, epoch }],
      });
    expect(joined(0)).toBe(false);
    expect(joined(2)).toBe(true);
    expect(tracker.receivePacket(packet({ epoch: 1 }))).toBe('stale_epoch');
  });

  it('takes up a turn in the middle, even if the publisher has started to count anew', () => {
    const tracker = new PublisherTracker();
    tracker.receivePacket(packet({ sequence: 50 }));
    tracker.receiveControl({
      type: 'joined',
      uid: 1,
      members: [{ uid: AGENT, publisher: true, epoch: 0 }],
    });
    expect(tracker.receivePacket(packet({ sequence: 3 }))).toMatchObject({ turn: 2, missing: 0 });
  });
});

it('a publisher that leaves is not cut off', () => {
  const tracker = new PublisherTracker();
  tracker.receivePacket(packet());
  expect(tracker.receiveControl({ type: 'member_left', uid: AGENT })).toBe(false);
});

it('another member’s interrupt leaves the speaker alone', () => {
  const tracker = new PublisherTracker();
  tracker.receivePacket(packet());
  expect(tracker.receiveControl({ type: 'clear', uid: 7, epoch: 9 })).toBe(false);
  expect(tracker.receivePacket(packet({ sequence: 1 }))).toMatchObject({ turn: 1 });
});
