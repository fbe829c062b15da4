import { blendShapeIndex, type Pose } from '@avamotion/client';

const BLINK = [blendShapeIndex('eyeBlinkLeft'), blendShapeIndex('eyeBlinkRight')] as const;
const SQUINT = [blendShapeIndex('eyeSquintLeft'), blendShapeIndex('eyeSquintRight')] as const;
const SMILE = [blendShapeIndex('mouthSmileLeft'), blendShapeIndex('mouthSmileRight')] as const;
const BROW = blendShapeIndex('browInnerUp');

const CLOSE_S = 0.07;
const SHUT_S = 0.03;
const OPEN_S = 0.14;
const BLINK_S = CLOSE_S + SHUT_S + OPEN_S;
const SACCADE_S = 0.045;
const TWICE = 0.15; // share of blinks that another follows at once

/** How lively a face idles. */
export interface IdleOptions {
  /** Scales head and gaze motion; blinks stay. 0 suits `prefers-reduced-motion`. */
  readonly motion: number;
}

/**
 * What a face does when nobody speaks: it blinks, looks here and there, breathes, and sways a little.
 *
 * All of it follows from the seed and the time.
 */
export class IdleLife {
  readonly #random: () => number;
  #motion: number;
  #blinkAtS = 1;
  #gazeAtS = 0;
  #gazeFromYaw = 0;
  #gazeFromPitch = 0;
  #gazeYaw = 0;
  #gazePitch = 0;
  readonly #phase: readonly number[];

  constructor(random: () => number, options: IdleOptions = { motion: 1 }) {
    this.#random = random;
    this.#motion = options.motion;
    this.#phase = Array.from({ length: 6 }, () => random() * 2 * Math.PI);
  }

  /** Scale head and gaze motion. */
  setMotion(motion: number): void {
    this.#motion = motion;
  }

  /** Write the idle pose of a moment into `target`. Time may not go backwards. */
  sample(nowS: number, target: Pose): void {
    target.reset();
    this.#blink(nowS, target);
    this.#look(nowS, target);
    this.#sway(nowS, target);
    const smile = 0.07 + 0.03 * this.#wave(nowS, 0.061, 5);
    for (const side of SMILE) target.weights[side] = smile;
    target.weights[BROW] = 0.04 + 0.03 * this.#wave(nowS, 0.083, 4);
  }

  /** How full the lungs are, 0 to 1. */
  breath(nowS: number): number {
    return 0.5 + 0.5 * Math.sin(nowS * 2 * Math.PI * 0.24 + (this.#phase[3] as number));
  }

  #blink(nowS: number, target: Pose): void {
    if (nowS > this.#blinkAtS + BLINK_S) {
      const wait = this.#random() < TWICE ? 0.08 : 1.6 + 4.4 * this.#random() ** 1.5;
      this.#blinkAtS = Math.max(this.#blinkAtS + BLINK_S + wait, nowS);
    }
    const lid = lidAt(nowS - this.#blinkAtS);
    for (const side of BLINK) target.weights[side] = lid;
    for (const side of SQUINT) target.weights[side] = 0.05 + 0.15 * lid;
  }

  #look(nowS: number, target: Pose): void {
    if (nowS > this.#gazeAtS) {
      this.#gazeFromYaw = this.#gazeYaw;
      this.#gazeFromPitch = this.#gazePitch;
      // Mostly at the viewer, now and then aside.
      const reach = this.#random() < 0.2 ? 0.12 : 0.025;
      this.#gazeYaw = (this.#random() * 2 - 1) * reach;
      this.#gazePitch = (this.#random() * 2 - 1) * reach * 0.5;
      this.#gazeAtS = nowS + SACCADE_S + 0.5 + 2.2 * this.#random();
      this.#saccadeAtS = nowS;
    }
    const t = Math.min(1, (nowS - this.#saccadeAtS) / SACCADE_S);
    target.gazeYawRad =
      (this.#gazeFromYaw + (this.#gazeYaw - this.#gazeFromYaw) * t) * this.#motion;
    target.gazePitchRad =
      (this.#gazeFromPitch + (this.#gazePitch - this.#gazeFromPitch) * t) * this.#motion;
  }

  #saccadeAtS = -Infinity;

  #sway(nowS: number, target: Pose): void {
    const pitch = 0.012 * this.#wave(nowS, 0.11, 0) + 0.006 * this.#wave(nowS, 0.24, 3);
    const yaw = 0.022 * this.#wave(nowS, 0.073, 1) + 0.008 * this.#wave(nowS, 0.19, 4);
    const roll = 0.012 * this.#wave(nowS, 0.059, 2);
    // For such small angles the half angles are the quaternion's vector part.
    const x = (pitch / 2) * this.#motion;
    const y = (yaw / 2) * this.#motion;
    const z = (roll / 2) * this.#motion;
    target.head[0] = x;
    target.head[1] = y;
    target.head[2] = z;
    target.head[3] = Math.sqrt(1 - x * x - y * y - z * z);
  }

  #wave(nowS: number, hz: number, phase: number): number {
    return Math.sin(nowS * 2 * Math.PI * hz + (this.#phase[phase] as number));
  }
}

function lidAt(sinceS: number): number {
  if (sinceS < 0 || sinceS > BLINK_S) return 0;
  if (sinceS < CLOSE_S) return ease(sinceS / CLOSE_S);
  if (sinceS < CLOSE_S + SHUT_S) return 1;
  return 1 - ease((sinceS - CLOSE_S - SHUT_S) / OPEN_S);
}

function ease(t: number): number {
  return t * t * (3 - 2 * t);
}
