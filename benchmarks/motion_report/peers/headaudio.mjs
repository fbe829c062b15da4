// HeadAudio as shipped: its own worklet in an offline context, then its own animation at 60 pictures a second.
import { HeadAudio } from './node_modules/@met4citizen/headaudio/dist/headaudio.min.mjs';
import { FRAMES_PER_S, openSound } from './sound.mjs';

const library = new URL('./node_modules/@met4citizen/headaudio/dist/', import.meta.url);
const settle = () => new Promise((resolve) => setTimeout(resolve, 100));

/** Pictures of a sound: when, which viseme the library decided for, and the weights it shows. */
export async function animate(url) {
  const { context, seconds, play } = await openSound(url);
  const worklet = await (await fetch(new URL('headworklet.min.mjs', library))).blob();
  await context.audioWorklet.addModule(URL.createObjectURL(worklet));
  const node = new HeadAudio(context, { processorOptions: {}, parameterData: {} });
  const deliver = node.port.onmessage;
  const messages = [];
  node.port.onmessage = (message) => messages.push(message);
  play().connect(node);
  context.suspend(0).then(async () => {
    await node.loadModel(new URL('model-en-mixed.bin', library));
    await settle(); // until the worklet has its model
    context.resume();
  });
  await context.startRendering();
  await settle(); // until its last message is here

  const names = node.visemeNames.map((name) => name.replace('viseme_', ''));
  const weights = {};
  node.onvalue = (name, value) => (weights[name.replace('viseme_', '')] = value);
  // A viseme's time is the middle of its window; it is known when the window is full.
  const knownAt = ({ t, d = 0 }) => t + d / 2;
  const pictures = [];
  for (let index = 0; index < seconds * FRAMES_PER_S; index++) {
    const time_s = index / FRAMES_PER_S;
    while (messages.length && knownAt(messages[0].data) <= time_s) deliver(messages.shift());
    node.update(1000 / FRAMES_PER_S);
    const viseme = node.visemeActive < 0 ? 'sil' : names[node.visemeActive];
    pictures.push({ time_s, viseme, weights: { ...weights } });
  }
  return pictures;
}
