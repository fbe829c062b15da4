import { ConnectionState, Room, RoomEvent, Track } from 'livekit-client';
import { expect, it } from 'vitest';
import { RememberingListener } from '../../test/listener.ts';
import { LiveKitProvider } from './liveKitProvider.ts';

// The other tests use a room of their own making. These hold it against the real package.

/** The names that the provider listens to, and its fake room speaks. */
const NAMES: Readonly<Record<string, RoomEvent>> = {
  trackSubscribed: RoomEvent.TrackSubscribed,
  dataTrackPublished: RoomEvent.DataTrackPublished,
  dataReceived: RoomEvent.DataReceived,
  reconnecting: RoomEvent.Reconnecting,
  reconnected: RoomEvent.Reconnected,
  disconnected: RoomEvent.Disconnected,
  audioPlaybackChanged: RoomEvent.AudioPlaybackStatusChanged,
};

/** A real room that notes what is asked of it instead of dialling. */
class RoomWithoutNetwork extends Room {
  readonly dialled: string[] = [];
  override connect = (url: string, token: string): Promise<void> => {
    this.dialled.push(`${url} ${token}`);
    return Promise.resolve();
  };
}

it('events have the names that the provider listens to', () => {
  for (const [name, event] of Object.entries(NAMES)) expect(event).toBe(name);
  expect(ConnectionState.Disconnected).toBe('disconnected');
  expect(Track.Kind.Audio).toBe('audio');
  expect(Track.Source.Microphone).toBe('microphone');
});

it('a real room is listened to, told of, and left as it was found', async () => {
  const room = new RoomWithoutNetwork();
  const before = room.eventNames();
  const listener = new RememberingListener();
  const provider = new LiveKitProvider({ room });
  await provider.connect({ url: 'wss://room.example', token: 'jwt' }, listener);
  expect(room.dialled).toEqual(['wss://room.example jwt']);
  expect(room.eventNames()).toEqual(expect.arrayContaining(Object.keys(NAMES)));
  expect(
    room
      .eventNames()
      .filter((name) => !before.includes(name))
      .sort(),
  ).toEqual(
    Object.keys(NAMES)
      .filter((name) => !before.some((known) => known === name))
      .sort(),
  );

  room.emit(RoomEvent.Reconnecting);
  room.emit(RoomEvent.Reconnected);
  const data = new TextEncoder().encode('{"text":"Hi"}');
  room.emit(RoomEvent.DataReceived, data, undefined, undefined, 'caption');
  expect(listener.told.slice(-3)).toEqual([
    'reconnecting',
    'connected',
    'caption from : {"text":"Hi"}',
  ]);

  await provider.disconnect();
  expect(room.eventNames().sort()).toEqual(before.sort());
});

it('the members that the provider uses are there', () => {
  const room = new Room();
  expect(typeof room.startAudio).toBe('function');
  expect(typeof room.canPlaybackAudio).toBe('boolean');
  expect(room.state).toBe(ConnectionState.Disconnected);
  expect(typeof room.localParticipant.publishData).toBe('function');
  expect(typeof room.localParticipant.publishTrack).toBe('function');
  expect(typeof room.localParticipant.unpublishTrack).toBe('function');
});
