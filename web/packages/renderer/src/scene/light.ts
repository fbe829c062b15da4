/** A lamp far away. */
export interface Lamp {
  /** CSS colour. */
  readonly color: string;
  readonly intensity: number;
  /** Where its light comes from, as seen from the face. */
  readonly from: readonly [number, number, number];
}

/** Light that comes from everywhere. */
export interface Ambience {
  readonly sky: string;
  readonly ground: string;
  readonly intensity: number;
}

export const KEY_LAMP: Lamp = { color: '#fff1e2', intensity: 2.3, from: [-0.7, 0.75, 1.25] };

const RIMS: readonly Lamp[] = [
  { color: '#e8f0ff', intensity: 1.1, from: [0.9, 0.8, -1.2] },
  { color: '#ffe6cf', intensity: 0.6, from: [-1.2, 0.5, -0.9] },
];

/** A portrait photographer's lamps besides the key: fill and two rims. Soft boxes do the rest. */
export const RICH_LAMPS: readonly Lamp[] = [
  { color: '#dfe9ff', intensity: 0.55, from: [1.2, 0.1, 0.9] },
  ...RIMS,
];

/** All lamps of the simple picture. */
export const PLAIN_LAMPS: readonly Lamp[] = [
  KEY_LAMP,
  { color: '#dfe9ff', intensity: 1.1, from: [1.2, 0.1, 0.9] },
  ...RIMS,
  { color: '#ffffff', intensity: 0.8, from: [0, 1, 1] },
];

/** What the soft boxes give otherwise: without it dark skin and dark hair are black in the shade. */
export const PLAIN_AMBIENCE: Ambience = { sky: '#f4f6ff', ground: '#c9a78f', intensity: 2.3 };
