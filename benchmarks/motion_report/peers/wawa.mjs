// wawa-lipsync as shipped: its own analysis of an offline context that stops for each of 60 pictures a second.
import { Lipsync, VISEMES } from './node_modules/wawa-lipsync/dist/wawa-lipsync.es.js';
import { FRAMES_PER_S, openSound } from './sound.mjs';

const names = Object.values(VISEMES).map((name) => name.replace('viseme_', ''));

/** Share of its way that a weight goes at a picture: the library leaves easing to the application. */
const EASING = { vowel: { on: 0.2, off: 0.1 }, other: { on: 0.4, off: 0.2 } };

let mediaTimeMs = 0;
Object.defineProperty(performance, 'now', { value: () => mediaTimeMs });

/** Pictures of a sound: when, which viseme the library decided for, and the weights that follow. */
export async function animate(url) {
  const { context, seconds, play } = await openSound(url);
  context.createMediaElementSource = play;
  context.resume = () => Promise.resolve(); // the library resumes; an offline context has not begun
  window.AudioContext = function () {
    return context;
  };
  mediaTimeMs = 0;
  const lipsync = new Lipsync();
  lipsync.connectAudio({ src: url });
  delete context.resume;

  const weights = Object.fromEntries(names.map((name) => [name, 0]));
  const pictures = [];
  const takePicture = (time_s) => {
    mediaTimeMs = time_s * 1000;
    lipsync.processAudio();
    const shown = lipsync.viseme.replace('viseme_', '');
    const easing = EASING[lipsync.state] ?? EASING.other;
    for (const name of names) {
      const move = name === shown ? (1 - weights[name]) * easing.on : -weights[name] * easing.off;
      weights[name] += move;
    }
    pictures.push({ time_s, viseme: shown, weights: { ...weights } });
  };
  for (let index = 0; index < seconds * FRAMES_PER_S; index++) {
    const time_s = index / FRAMES_PER_S;
    context.suspend(time_s).then(() => {
      takePicture(time_s);
      context.resume();
    });
  }
  await context.startRendering();
  return pictures;
}
