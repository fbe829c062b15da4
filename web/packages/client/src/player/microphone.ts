import { AvatarError } from './avatarError.ts';

/**
 * Open the microphone, with echo cancelled so that the avatar does not hear itself.
 *
 * @throws AvatarError if the user or the machine has none to give
 */
export async function openMicrophone(): Promise<MediaStreamTrack> {
  let stream: MediaStream;
  try {
    stream = await navigator.mediaDevices.getUserMedia({
      audio: { echoCancellation: true, noiseSuppression: true, autoGainControl: true },
    });
  } catch (error) {
    throw new AvatarError(
      'microphone_denied',
      'The microphone cannot be used. Allow it for this page in the browser’s address bar.',
      { cause: error },
    );
  }
  return stream.getAudioTracks()[0] as MediaStreamTrack;
}
