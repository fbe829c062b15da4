import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PcmBuffer } from './pcmBuffer.ts';

const RATE_HZ = 48_000;
const BLOCK = 128;
const PACKET = 960;
const PACKET_US = 20_000;

interface Anchor {
  frame: number;
  turn: number;
  ptsUs: number;
  playing: boolean;
}

/** A buffer and the device that reads it, with everything that came out. */
class Device {
  readonly anchors: Anchor[] = [];
  readonly heard: number[] = [];
  readonly buffer: PcmBuffer = new PcmBuffer(
    { sampleRateHz: RATE_HZ, targetS: 0.04, maxDelayS: 0.08 },
    (frame, turn, ptsUs, playing) => this.anchors.push({ frame, turn, ptsUs, playing }),
  );

  /** Push a packet of a turn whose sound is a voice of 100 Hz, or what is given. */
  push(index: number, { turn = 1, end = false, sound = voice }: Push = {}): void {
    const pcm = Float32Array.from({ length: PACKET }, (_, i) => sound(index * PACKET + i));
    this.buffer.push({ turn, ptsUs: index * PACKET_US, pcm, end });
  }

  read(nBlocks: number = 1): void {
    const block = new Float32Array(BLOCK);
    for (let i = 0; i < nBlocks; i++) {
      this.buffer.read(block, this.heard.length);
      this.heard.push(...block);
    }
  }

  get now(): number {
    return this.heard.length;
  }

  /** Media time of a sample by an anchor, in samples. */
  mediaSample(frame: number, anchor: Anchor): number {
    return (anchor.ptsUs / 1e6) * RATE_HZ + frame - anchor.frame;
  }
}

interface Push {
  turn?: number;
  end?: boolean;
  sound?: (sample: number) => number;
}

function voice(sample: number): number {
  return 0.5 * Math.sin((2 * Math.PI * 100 * sample) / RATE_HZ);
}

/** A sound that says where in the turn it is. */
function ramp(sample: number): number {
  return 0.1 + sample / (100 * RATE_HZ);
}

const BLOCKS_PER_S = RATE_HZ / BLOCK;
const FADE = 240;

describe('playing', () => {
  it('starts when the target is reached', () => {
    const device = new Device();
    device.push(0);
    device.read(10);
    expect(device.buffer.playing).toBe(false);
    device.push(1);
    device.read();
    expect(device.buffer.playing).toBe(true);
    expect(device.anchors).toEqual([{ frame: 10 * BLOCK, turn: 1, ptsUs: 0, playing: true }]);
  });

  it('starts at once when the turn is shorter than the target', () => {
    const device = new Device();
    device.push(0, { end: true });
    device.read(9);
    expect(device.heard.some((sample) => sample !== 0)).toBe(true);
    expect(device.buffer.underruns).toBe(0);
    expect(device.anchors.at(-1)?.playing).toBe(false);
  });

  it('always says which media time is where', () => {
    const event = fc.oneof(
      {
        weight: 6,
        arbitrary: fc.record({
          kind: fc.constant('push' as const),
          n: fc.integer({ min: 1, max: 6 }),
        }),
      },
      {
        weight: 6,
        arbitrary: fc.record({
          kind: fc.constant('read' as const),
          n: fc.integer({ min: 1, max: 60 }),
        }),
      },
      {
        weight: 1,
        arbitrary: fc.record({
          kind: fc.constant('lose' as const),
          n: fc.integer({ min: 1, max: 3 }),
        }),
      },
    );
    fc.assert(
      fc.property(fc.array(event, { maxLength: 60 }), (events) => {
        const device = new Device();
        let next = 0;
        for (const { kind, n } of events) {
          if (kind === 'read') device.read(n);
          if (kind === 'lose') next += n;
          if (kind === 'push') for (let i = 0; i < n; i++) device.push(next++, { sound: ramp });
        }
        // Away from fades, what is heard is what belongs to the media time that the anchors tell.
        let steady = 0;
        let loudest = 0; // where it is less it fades; more would be a lie
        device.anchors.forEach((anchor, i) => {
          const until = device.anchors[i + 1]?.frame ?? device.now;
          for (let frame = anchor.frame + FADE; anchor.playing && frame < until; frame++) {
            const sample = device.heard[frame] as number;
            const meant = ramp(device.mediaSample(frame, anchor));
            loudest = Math.max(loudest, sample - meant);
            if (Math.abs(sample - meant) < 1e-6) steady++;
          }
        });
        expect(loudest).toBeLessThan(1e-6);
        const played = device.heard.filter((sample) => sample !== 0).length;
        const fades = device.anchors.length * 3 * FADE;
        expect(steady).toBeGreaterThanOrEqual(played - fades);
      }),
      { numRuns: 60 },
    );
  });

  it('never clicks: neighbouring samples differ no more than in the voice itself', () => {
    const device = new Device();
    const steepest = 0.5 * ((2 * Math.PI * 100) / RATE_HZ) + 1 / FADE;
    let next = 0;
    for (let i = 0; i < 3; i++) device.push(next++);
    device.read(12); // runs dry
    next += 2; // two packets lost
    for (let i = 0; i < 4; i++) device.push(next++);
    device.read(20);
    device.buffer.clear();
    device.read(4);
    for (let i = 1; i < device.heard.length; i++) {
      const difference = Math.abs((device.heard[i] as number) - (device.heard[i - 1] as number));
      expect(difference).toBeLessThan(steepest);
    }
  });

  it('goes from turn to turn', () => {
    const device = new Device();
    device.push(0);
    device.push(1, { end: true });
    for (let i = 0; i < 3; i++) device.push(i, { turn: 2 });
    device.read(30);
    expect(
      device.anchors
        .filter((one) => one.playing)
        .map(({ frame, turn, ptsUs }) => [frame, turn, ptsUs]),
    ).toEqual([
      [0, 1, 0],
      [2 * PACKET, 2, 0],
    ]);
  });
});

describe('clear', () => {
  it('is silent after 5 ms, and what comes next starts afresh', () => {
    const device = new Device();
    for (let i = 0; i < 10; i++) device.push(i);
    device.read(20);
    const cleared = device.now;
    device.buffer.clear();
    device.read(20);
    expect(device.heard.slice(cleared, cleared + FADE).some((sample) => sample !== 0)).toBe(true);
    expect(device.heard.slice(cleared + FADE).every((sample) => sample === 0)).toBe(true);
    expect(device.anchors.at(-1)).toMatchObject({ frame: cleared, playing: false });
    device.push(0, { turn: 2 });
    device.push(1, { turn: 2 });
    device.read();
    expect(device.anchors.at(-1)).toMatchObject({ turn: 2, playing: true });
  });

  it('of an empty buffer does nothing but say so', () => {
    const device = new Device();
    device.buffer.clear();
    device.read(2);
    expect(device.heard.every((sample) => sample === 0)).toBe(true);
  });
});

/** Send one packet every 20 ms of device time, except while `held`; then all that waited at once. */
function stream(
  device: Device,
  seconds: number,
  held: (packet: number) => number,
  leadPackets: number,
): number[] {
  const arrivals = Array.from(
    { length: seconds * 50 },
    (_, i) => Math.max(0, i - leadPackets) * PACKET_US + held(i),
  );
  for (let i = 1; i < arrivals.length; i++)
    arrivals[i] = Math.max(arrivals[i] as number, arrivals[i - 1] as number);
  const depths: number[] = [];
  let next = 0;
  for (let block = 0; block < seconds * BLOCKS_PER_S; block++) {
    const nowUs = (device.now / RATE_HZ) * 1e6;
    while (next < arrivals.length && (arrivals[next] as number) <= nowUs)
      device.push(next, { end: ++next === arrivals.length });
    device.read();
    depths.push(device.buffer.depthS);
  }
  return depths;
}

describe('catching up', () => {
  it.each([0, 2, 5])('does not touch a steady stream that is sent %i packets ahead', (lead) => {
    const device = new Device();
    stream(device, 5, () => 0, lead);
    expect(device.buffer.cutSamples).toBe(0);
    expect(device.buffer.underruns).toBe(0);
  });

  it('bears 60 ms of jitter without cutting words out', () => {
    const device = new Device();
    let seed = 1;
    const random = (): number => (seed = (seed * 16_807) % 2_147_483_647) / 2_147_483_647;
    stream(device, 20, () => random() * 60_000, 3);
    expect(device.buffer.cutSamples / RATE_HZ).toBeLessThan(0.1);
    expect(device.buffer.underruns).toBeLessThan(4);
  });

  it('is back to the usual delay 2 s after a stall of 1 s', () => {
    const device = new Device();
    const stallAt = 2 * 50;
    const depths = stream(
      device,
      6,
      (i) => (i >= stallAt && i < stallAt + 50 ? (50 - (i - stallAt)) * PACKET_US : 0),
      3,
    );
    const usual = depths[Math.floor(1.5 * BLOCKS_PER_S)] as number;
    const after = depths.slice(Math.floor((3 + 2) * BLOCKS_PER_S));
    expect(Math.max(...depths)).toBeGreaterThan(0.8);
    expect(Math.max(...after)).toBeLessThan(usual + 0.06);
    expect(device.buffer.underruns).toBe(1);
    expect(device.buffer.skippedSamples).toBe(0);
  });

  it('gathers more after sound ran dry, and less again after smooth turns', () => {
    const device = new Device();
    const speak = (turn: number, dry: boolean): void => {
      for (let i = 0; i < 3; i++) device.push(i, { turn });
      device.read(dry ? 60 : 1);
      for (let i = 3; i < 8; i++) device.push(i, { turn, end: i === 7 });
      device.read(120);
    };
    speak(1, true);
    expect(device.buffer.targetS).toBeCloseTo(0.06);
    speak(2, false); // began on a rough network
    expect(device.buffer.targetS).toBeCloseTo(0.06);
    speak(3, false);
    expect(device.buffer.targetS).toBeCloseTo(0.04);
  });

  it('jumps when seconds are held', () => {
    const device = new Device();
    for (let i = 0; i < 300; i++) device.push(i);
    device.read(60);
    expect(device.buffer.skippedSamples / RATE_HZ).toBeGreaterThan(4);
    expect(device.buffer.depthS).toBeLessThan(0.5);
  });
});
