import './style.css';
import './bench.css';
import {
  AvatarError,
  BLEND_SHAPES,
  blendShapeIndex,
  type BlendShape,
  type Pose,
  type PoseSource,
} from '@avamotion/client';
import {
  AvatarManager,
  AvatarView,
  type Avatar,
  type AvatarSourceInput,
  type CapabilityLevel,
  type LipReport,
} from '@avamotion/renderer';
import { MOUTH_SHAPES } from './mouthShape.ts';

const VERDICTS: Readonly<Record<CapabilityLevel, string>> = {
  arkit: 'speaks with ARKit’s shapes: everything our motion says can be seen.',
  visemes: 'speaks with Oculus visemes: the mouth is right, but coarser than with ARKit’s shapes.',
  vowels: 'speaks with VRM’s five vowels: p, b, m and f cannot be told apart.',
  jaw: 'has only a jaw to speak with.',
  none: 'cannot speak.',
};
const LIP_CURVES: Readonly<Record<LipReport['curve'], string>> = {
  file: 'with the curve from its file',
  measured: 'with a curve measured here',
  assumed: 'its lips cannot be found',
  none: 'a jaw joint shuts its mouth',
};
const SHAPE_S = 0.5;

/** What the sliders say, or the mouth shapes one after the other. */
class Bench implements PoseSource {
  readonly weights: Partial<Record<BlendShape, number>> = {};
  #playedFromMs: number | undefined;

  play(): void {
    this.#playedFromMs = performance.now();
  }

  stop(): void {
    this.#playedFromMs = undefined;
  }

  sample(nowMs: number, pose: Pose): void {
    const touched = Object.values(this.weights).some((weight) => weight > 0);
    if (touched) pose.weights.fill(0);
    for (const [name, weight] of Object.entries(this.weights)) {
      pose.weights[blendShapeIndex(name as BlendShape)] = weight;
    }
    if (this.#playedFromMs === undefined) return;
    const elapsed = (nowMs - this.#playedFromMs) / 1000 / SHAPE_S;
    const shape = MOUTH_SHAPES[Math.floor(elapsed)];
    if (shape === undefined) {
      this.stop();
      return;
    }
    const strength = Math.sin(Math.PI * (elapsed % 1));
    for (const [name, weight] of Object.entries(shape)) {
      pose.weights[blendShapeIndex(name as BlendShape)] = weight * strength;
    }
  }

  drawn(): void {
    // Nothing is measured here.
  }
}

const bench = new Bench();
const stage = element('stage');
let view: AvatarView | undefined;

function element<T extends HTMLElement = HTMLElement>(id: string): T {
  return document.getElementById(id) as T;
}

async function show(source: AvatarSourceInput): Promise<void> {
  say('Loading …', false);
  let avatar: Avatar;
  try {
    avatar = await AvatarManager.shared.load(source);
    view?.dispose();
    view = undefined;
    const style = getComputedStyle(document.documentElement);
    const [inner, outer] = ['--inner', '--outer'].map((name) =>
      style.getPropertyValue(name).trim(),
    );
    view = new AvatarView(avatar, stage, { backdrop: { inner: inner ?? '', outer: outer ?? '' } });
  } catch (error) {
    say(error instanceof AvatarError ? error.message : 'This file cannot be shown.', true);
    return;
  }
  view.setPoseSource(bench);
  stage.dataset['visible'] = '';
  report(avatar);
  const shown = view;
  const lips = await avatar.measureLips();
  if (view === shown) element('fact-lips').textContent = lipFact(lips);
}

/** Whether lips meet on p, b and m, and who says how. */
function lipFact({ curve, seals, gapMm }: LipReport): string {
  const source = LIP_CURVES[curve];
  if (seals === undefined || gapMm === undefined) return `unknown: ${source}`;
  return `${seals ? 'yes' : 'no'}, gap ${gapMm.toFixed(1)} mm, ${source}`;
}

function report({
  name,
  report: { level, found, missing, unknown, joints, vertices, warnings },
}: Avatar): void {
  say(`${name} ${VERDICTS[level]}`, false);
  const remarks =
    unknown.length === 0 ? warnings : [...warnings, `Not used: ${unknown.join(', ')}.`];
  element('remarks').replaceChildren(...remarks.map((text) => withText('li', text)));
  element('facts').hidden = element('actions').hidden = false;
  const arkit = BLEND_SHAPES.length - missing.length;
  const others = Object.keys(found).length - arkit;
  element('fact-shapes').textContent =
    `${String(arkit)} of ${String(BLEND_SHAPES.length)} from ARKit${others > 0 ? `, ${String(others)} others` : ''}`;
  element('fact-joints').textContent = joints.length > 0 ? joints.join(', ') : 'none';
  element('fact-lips').textContent = 'measuring …';
  element('fact-vertices').textContent = vertices.toLocaleString();
  element('missing').textContent =
    missing.length > 0 && arkit > 0 ? `Missing: ${missing.join(', ')}.` : '';
  const shapes = level === 'arkit' ? BLEND_SHAPES.filter((shape) => shape in found) : BLEND_SHAPES;
  element('sliders').replaceChildren(...shapes.map(slider));
}

function slider(shape: BlendShape): HTMLElement {
  const label = withText('label', '');
  const input = document.createElement('input');
  Object.assign(input, { type: 'range', min: '0', max: '1', step: '0.01', value: '0' });
  const output = document.createElement('output');
  output.textContent = '0';
  input.addEventListener('input', () => {
    bench.stop();
    bench.weights[shape] = input.valueAsNumber;
    output.textContent = String(Math.round(100 * input.valueAsNumber));
  });
  label.append(withText('span', shape), input, output);
  return label;
}

function withText(tag: string, text: string): HTMLElement {
  const made = document.createElement(tag);
  made.textContent = text;
  return made;
}

function say(text: string, bad: boolean): void {
  const verdict = element('verdict');
  verdict.textContent = text;
  verdict.toggleAttribute('data-bad', bad);
}

element<HTMLInputElement>('file').addEventListener('change', ({ target }) => {
  const file = (target as HTMLInputElement).files?.[0];
  if (file !== undefined) void show(file);
});
for (const type of ['dragover', 'dragleave', 'drop'] as const) {
  document.addEventListener(type, (event) => {
    event.preventDefault();
    stage.toggleAttribute('data-over', type === 'dragover');
    const file = event.dataTransfer?.files[0];
    if (type === 'drop' && file !== undefined) void show(file);
  });
}
element('play').addEventListener('click', () => {
  bench.play();
});
element('reset').addEventListener('click', () => {
  bench.stop();
  for (const shape of BLEND_SHAPES) bench.weights[shape] = 0;
  for (const input of element('sliders').querySelectorAll('input')) {
    input.value = '0';
    (input.nextElementSibling as HTMLOutputElement).textContent = '0';
  }
});
const wanted = new URLSearchParams(location.search).get('avatar');
if (wanted !== null) void show(wanted);
