/** A small curve of the newest values. */
export class Sparkline {
  readonly #path: SVGPathElement;
  readonly #values: number[] = [];
  readonly #capacity: number;
  readonly #top: number;

  /** @param top value at the upper edge; larger ones are drawn there */
  constructor(path: SVGPathElement, capacity: number, top: number) {
    this.#path = path;
    this.#capacity = capacity;
    this.#top = top;
  }

  /** Add a value and draw. */
  add(value: number): void {
    this.#values.push(value);
    if (this.#values.length > this.#capacity) this.#values.shift();
    this.#path.setAttribute('d', curve(this.#values, this.#capacity, this.#top));
  }
}

/** SVG path of values in a box of 100 by 20, the newest at the right. */
export function curve(values: readonly number[], capacity: number, top: number): string {
  const start = capacity - values.length;
  return values
    .map((value, i) => {
      const x = ((start + i) / (capacity - 1)) * 100;
      const y = 20 * (1 - Math.min(1, value / top));
      return `${i === 0 ? 'M' : 'L'}${x.toFixed(1)} ${y.toFixed(1)}`;
    })
    .join('');
}
