import type { AvatarError } from '../src/player/avatarError.ts';
import type { ConnectionState } from '../src/player/state.ts';
import type {
  AvatarProvider,
  ConnectConfig,
  ProviderListener,
  ProviderStats,
} from '../src/provider/provider.ts';

/** A provider that a test speaks for: it remembers what it is asked, and tells what the test says. */
export class SilentProvider implements AvatarProvider {
  readonly name = 'silent';
  readonly calls: string[] = [];
  listener: ProviderListener | undefined;
  /** What the next `connect` ends with; undefined leaves it open. */
  answer: Promise<void> = Promise.resolve();
  stats: ProviderStats = { bufferMs: 0, audioLevel: 0, underruns: 0, caughtUpMs: 0 };

  async connect(config: ConnectConfig, listener: ProviderListener): Promise<void> {
    this.calls.push(`connect ${config.channel ?? ''}`);
    this.listener = listener;
    listener.onConnectionState('connecting');
    await this.answer;
    listener.onConnectionState('connected');
  }
  disconnect(): Promise<void> {
    this.calls.push('disconnect');
    this.stats = { bufferMs: 0, audioLevel: 0, underruns: 0, caughtUpMs: 0 };
    this.listener?.onConnectionState('disconnected');
    this.listener = undefined;
    return Promise.resolve();
  }
  tell(state: ConnectionState, error?: AvatarError): void {
    this.listener?.onConnectionState(state, error);
  }
  unlockAudio(): Promise<void> {
    return Promise.resolve();
  }
  playhead(): boolean {
    return false;
  }
  sendMessage(topic: string): void {
    this.calls.push(`send ${topic}`);
  }
  publishAudio(track: MediaStreamTrack): Promise<void> {
    this.calls.push(`publish ${track.id}`);
    return Promise.resolve();
  }
  unpublishAudio(): Promise<void> {
    this.calls.push('unpublish');
    return Promise.resolve();
  }
  setVolume(volume: number): void {
    this.calls.push(`volume ${String(volume)}`);
  }
  getVolume(): number {
    return 1;
  }
  getStats(): ProviderStats {
    return this.stats;
  }
  getNativeClient(): null {
    return null;
  }
}
