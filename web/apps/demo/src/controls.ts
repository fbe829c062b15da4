import './controls.css';
import {
  DEFAULT_STYLE,
  EMOTIONS,
  type Choices,
  type MotionStyle,
  type Voice,
} from './motionStyle.ts';
import type { Wish } from './wishes.ts';

type Format = (value: number) => string;

const percent: Format = (value) => `${String(Math.round(100 * value))} %`;
const factor: Format = (value) => `${value.toFixed(2)} ×`;
const milliseconds: Format = (value) => `${String(value)} ms`;

/** Sliders by their names, which are those of the messages. */
const SLIDERS: Readonly<Record<string, { topic: 'style' | 'voice'; format: Format }>> = {
  emotion_intensity: { topic: 'style', format: percent },
  intensity: { topic: 'style', format: percent },
  lead_ms: { topic: 'style', format: milliseconds },
  speed: { topic: 'voice', format: factor },
};
const SWITCHES = ['head', 'blink', 'gaze', 'brow', 'breath'] as const;

/** The sheet with which the viewer chooses voice and style. */
export class Controls {
  readonly #app: HTMLElement = document.querySelector('.app') as HTMLElement;
  readonly #sheet: HTMLElement = byId('controls');
  readonly #opener: HTMLElement = byId('controls-open');
  readonly #onWish: (topic: 'style' | 'voice', wish: Wish) => void;
  #voices: readonly Voice[] = [];

  /** @param onWish told each change that the viewer makes */
  constructor(onWish: (topic: 'style' | 'voice', wish: Wish) => void) {
    this.#onWish = onWish;
    byId('emotions').replaceChildren(
      ...EMOTIONS.map((emotion) => option('emotion', emotion, capital(emotion))),
    );
    this.#sheet.addEventListener('input', ({ target }) => {
      this.#changed(target as HTMLInputElement);
    });
    this.#sheet.addEventListener('keydown', (event) => {
      if (event.key !== 'Escape') return;
      event.preventDefault();
      this.toggle(false);
    });
    this.#opener.addEventListener('click', () => {
      this.toggle();
    });
    byId('controls-close').addEventListener('click', () => {
      this.toggle(false);
    });
    byId('controls-reset').addEventListener('click', () => {
      onWish('style', { ...DEFAULT_STYLE });
      this.#showStyle(DEFAULT_STYLE);
    });
  }

  /** Whether the sheet is open. */
  get open(): boolean {
    return !this.#sheet.hidden;
  }

  /** Open the sheet, or close it. */
  toggle(open: boolean = !this.open): void {
    this.#sheet.hidden = !open;
    this.#app.toggleAttribute('data-controls', open);
    this.#opener.setAttribute('aria-expanded', String(open));
    if (open)
      this.#sheet.querySelector<HTMLElement>('input:checked')?.focus({ preventScroll: true });
    else this.#opener.focus();
  }

  /** Show what is chosen, by whomever. */
  show({ voices, timbre, speed, style }: Choices): void {
    if (JSON.stringify(voices) !== JSON.stringify(this.#voices)) {
      this.#voices = voices;
      byId('voices').replaceChildren(...voices.map(({ id, name }) => option('timbre', id, name)));
    }
    byId('voice-group').hidden = voices.length === 0;
    this.#check('timbre', timbre);
    this.#slide('speed', speed);
    this.#showStyle(style);
  }

  #showStyle(style: MotionStyle): void {
    this.#check('emotion', style.emotion);
    byId<HTMLInputElement>('emotion_intensity').disabled = style.emotion === 'neutral';
    this.#slide('emotion_intensity', style.emotion_intensity);
    this.#slide('intensity', style.intensity);
    this.#slide('lead_ms', style.lead_ms);
    for (const name of SWITCHES) byId<HTMLInputElement>(name).checked = style[name];
  }

  #changed(input: HTMLInputElement): void {
    const slider = SLIDERS[input.id];
    if (slider !== undefined) {
      this.#slide(input.id, input.valueAsNumber);
      this.#onWish(slider.topic, { [input.id]: input.valueAsNumber });
    } else if (input.type === 'checkbox') {
      this.#onWish('style', { [input.id]: input.checked });
    } else if (input.name === 'emotion') {
      byId<HTMLInputElement>('emotion_intensity').disabled = input.value === 'neutral';
      this.#onWish('style', { emotion: input.value });
    } else {
      this.#onWish('voice', { timbre: input.value });
    }
  }

  #check(name: string, value: string): void {
    for (const input of this.#sheet.querySelectorAll<HTMLInputElement>(`input[name='${name}']`)) {
      input.checked = input.value === value;
    }
  }

  #slide(name: string, value: number): void {
    const input = byId<HTMLInputElement>(name);
    input.valueAsNumber = value;
    const text = SLIDERS[name]?.format(value) ?? '';
    input.setAttribute('aria-valuetext', text);
    byId(`${name}-value`).textContent = text;
    const share = (value - Number(input.min)) / (Number(input.max) - Number(input.min));
    input.style.setProperty('--filled', `${String(100 * share)}%`);
  }
}

function option(name: string, value: string, text: string): HTMLElement {
  const label = document.createElement('label');
  label.className = 'option';
  const input = document.createElement('input');
  Object.assign(input, { type: 'radio', name, value });
  const shown = document.createElement('span');
  shown.textContent = text;
  label.append(input, shown);
  return label;
}

function capital(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}

function byId<T extends HTMLElement = HTMLElement>(id: string): T {
  return document.getElementById(id) as T;
}
