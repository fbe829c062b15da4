import type { ProviderListener } from '../src/provider/provider.ts';

/** A listener that remembers what it is told, as lines of text. */
export class RememberingListener implements ProviderListener {
  readonly told: string[] = [];

  onConnectionState: ProviderListener['onConnectionState'] = (state, error) => {
    this.told.push(error === undefined ? state : `${state}: ${error.code}`);
  };
  onAudioAllowed: ProviderListener['onAudioAllowed'] = (allowed) => {
    this.told.push(`audio ${allowed ? 'allowed' : 'blocked'}`);
  };
  onTurn: ProviderListener['onTurn'] = ({ turn, epoch, firstFrameMs }) => {
    this.told.push(`turn ${String(turn)} epoch ${String(epoch)} after ${String(firstFrameMs)} ms`);
  };
  onMotion: ProviderListener['onMotion'] = (turn, frames, end) => {
    const times = frames.map(({ ptsUs }) => ptsUs / 1000).join(' ');
    this.told.push(`motion ${String(turn)}: ${times}${end ? ' end' : ''}`);
  };
  onClear: ProviderListener['onClear'] = (epoch) => {
    this.told.push(`clear ${String(epoch)}`);
  };
  onPlaying: ProviderListener['onPlaying'] = (playing) => {
    this.told.push(playing ? 'playing' : 'silent');
  };
  onMessage: ProviderListener['onMessage'] = ({ from, topic, data }) => {
    this.told.push(`${topic} from ${String(from)}: ${JSON.stringify(data)}`);
  };
  onDrop: ProviderListener['onDrop'] = (reason, count) => {
    this.told.push(`drop ${reason} ${String(count)}`);
  };
  onError: ProviderListener['onError'] = ({ code }) => {
    this.told.push(`error ${code}`);
  };
}
