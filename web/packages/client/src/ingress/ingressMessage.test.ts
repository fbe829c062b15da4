import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import protobuf from 'protobufjs';
import { describe, expect, it } from 'vitest';
import {
  decodeServerMessage,
  encodeAudio,
  encodeConfigure,
  encodeInterrupt,
} from './ingressMessage.ts';

const proto = new URL('../../../../../proto/avamotion/ingress.proto', import.meta.url);
const message = protobuf.loadSync(fileURLToPath(proto)).lookupType('avamotion.ingress.Message');

function read(bytes: Uint8Array): Record<string, unknown> {
  return message.toObject(message.decode(bytes), { enums: String, bytes: Array, defaults: false });
}

function write(fields: object): Uint8Array {
  return new Uint8Array(message.encode(message.fromObject(fields)).finish());
}

describe('what we send is, to a full protobuf library with the real schema,', () => {
  it('a session’s configuration', () => {
    expect(read(encodeConfigure(24_000))).toEqual({
      type: 'MESSAGE_CLIENT_CONFIGURE_SESSION',
      clientConfigureSession: { sampleRate: 24_000 },
    });
  });

  it('sound', () => {
    fc.assert(
      fc.property(fc.string(), fc.uint8Array({ maxLength: 400 }), fc.boolean(), (id, pcm, end) => {
        const { clientAudioInput: sound } = message.toObject(
          message.decode(encodeAudio(id, pcm, end)),
          {
            bytes: Array,
            defaults: true,
          },
        ) as { clientAudioInput: Record<string, unknown> };
        expect(sound).toMatchObject({ reqId: id, end, audio: [...pcm] });
      }),
    );
  });

  it('an interrupt', () => {
    expect(read(encodeInterrupt('r1'))).toEqual({
      type: 'MESSAGE_CLIENT_INTERRUPT',
      clientInterrupt: { reqId: 'r1' },
    });
  });
});

describe('of the server we read', () => {
  it('that a session stands', () => {
    const bytes = write({
      type: 'MESSAGE_SERVER_CONFIRM_SESSION',
      serverConfirmSession: { connectionId: 'c1', capabilities: ['playback_state'] },
    });
    expect(decodeServerMessage(bytes)).toEqual({ type: 'confirmed', connectionId: 'c1' });
  });

  it('errors', () => {
    const bytes = write({
      type: 'MESSAGE_SERVER_ERROR',
      serverError: { code: 3, message: 'unsupported sample rate' },
    });
    expect(decodeServerMessage(bytes)).toEqual({
      type: 'error',
      code: 3,
      message: 'unsupported sample rate',
    });
  });

  it('motion', () => {
    const bytes = write({
      type: 'MESSAGE_SERVER_RESPONSE_ANIMATION',
      serverResponseAnimation: {
        connectionId: 'c',
        reqId: 'r1',
        end: true,
        animation: [1, 2, 3],
        avatarId: 'mia',
      },
    });
    expect(decodeServerMessage(bytes)).toEqual({
      type: 'animation',
      requestId: 'r1',
      end: true,
      animation: Uint8Array.of(1, 2, 3),
    });
  });

  it('no message that we do not need, and never with an exception', () => {
    const state = { type: 'MESSAGE_SERVER_PLAYBACK_STATE', serverPlaybackState: { playedMs: 5 } };
    expect(decodeServerMessage(write(state))).toEqual({ type: 'other' });
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
        decodeServerMessage(bytes);
      }),
    );
  });
});
