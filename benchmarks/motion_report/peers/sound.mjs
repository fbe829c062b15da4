// Sound files, in an offline context that renders as fast as it can.

/** What a browser usually does: sound at 48 kHz, 60 pictures a second. */
const RATE_HZ = 48_000;
export const FRAMES_PER_S = 60;

/** A context as long as a sound, and how to start the sound in it. */
export async function openSound(url) {
  const bytes = await (await fetch(url)).arrayBuffer();
  const sound = await new OfflineAudioContext(1, 1, RATE_HZ).decodeAudioData(bytes);
  const context = new OfflineAudioContext(1, sound.length, RATE_HZ);
  const play = () => {
    const source = new AudioBufferSourceNode(context, { buffer: sound });
    source.start();
    return source;
  };
  return { context, seconds: sound.duration, play };
}
