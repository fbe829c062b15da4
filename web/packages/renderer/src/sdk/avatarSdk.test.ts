import { afterEach, expect, it } from 'vitest';
import { AvatarController } from './avatarController.ts';
import { AvatarSDK } from './avatarSdk.ts';

afterEach(() => {
  AvatarSDK.cleanup();
});

it('is set up once, and again in place', async () => {
  expect(AvatarSDK.isInitialized).toBe(false);
  await AvatarSDK.initialize('app', { drivingServiceMode: 'host' });
  await AvatarSDK.initialize('app', {
    drivingServiceMode: 'sdk',
    audioFormat: { sampleRate: 24_000 },
  });
  AvatarSDK.setSessionToken('token');
  AvatarSDK.setUserId('user');
  expect(AvatarSDK).toMatchObject({
    isInitialized: true,
    appId: 'app',
    configuration: { drivingServiceMode: 'sdk' },
    sessionToken: 'token',
    userId: 'user',
  });
  AvatarSDK.cleanup();
  expect(AvatarSDK).toMatchObject({ isInitialized: false, sessionToken: undefined });
});

it('says which sample rates there are', () => {
  expect(() => AvatarSDK.initialize('app', { audioFormat: { sampleRate: 12_345 } })).toThrow(
    /16000/,
  );
  expect(() => AvatarSDK.initialize('')).toThrow(/app id/);
});

it('a controller does nothing by hand while a provider owns the flow, and says so', () => {
  const controller = new AvatarController({ avatarId: 'mia', owned: true });
  const words = /provider owns the flow/;
  expect(() => controller.yieldAudioData(new Uint8Array(2), true)).toThrow(words);
  expect(() => controller.yieldFramesData([], 'x')).toThrow(words);
  expect(() => controller.send(new Uint8Array(2), true)).toThrow(words);
});

it('frames of a conversation that nobody began are dropped for that reason', () => {
  const controller = new AvatarController({ avatarId: 'mia', owned: false });
  expect(controller.yieldFramesData([new Uint8Array(1)], 'x')).toBe('unknown_conversation');
});

it('a controller does not start without a token', async () => {
  const controller = new AvatarController({ avatarId: 'mia', owned: false });
  await expect(controller.start()).rejects.toMatchObject({ code: 'config_invalid' });
});
