import { AvatarError, type DrivingServiceMode, type LogLevel } from '@avamotion/client';

/** How the SDK works. */
export interface SdkConfiguration {
  /** Who talks to the Motion Server: the page itself (`sdk`), its backend (`host`), or a channel (`backend`). */
  readonly drivingServiceMode?: DrivingServiceMode;
  readonly logLevel?: LogLevel;
  /** The sound that the page hands in: PCM, 16 bits, mono. */
  readonly audioFormat?: { readonly channelCount?: 1; readonly sampleRate?: number };
  /** Where avatars lie; default: the page's own server. */
  readonly avatarBaseUrl?: string;
  /** Where the Motion Server takes sound, `ws(s)://host/v2/driveningress`; default: the page's own server. */
  readonly ingressEndpointUrl?: string;
}

const VERSION = '0.1.0';
const RATES_HZ: readonly number[] = [8000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000];

let appId: string | undefined;
let configuration: SdkConfiguration | undefined;
let sessionToken: string | undefined;
let userId: string | undefined;

/** The page's settings for everything that follows. */
export const AvatarSDK = {
  /**
   * Set the app id and how the SDK works; again updates it in place.
   *
   * @throws AvatarError if a setting is impossible
   */
  initialize(id: string, settings: SdkConfiguration = {}): Promise<void> {
    if (id === '')
      throw new AvatarError('config_invalid', 'AvatarSDK.initialize() needs an app id.');
    const rate = settings.audioFormat?.sampleRate;
    if (rate !== undefined && !RATES_HZ.includes(rate)) {
      const rates = RATES_HZ.join(', ');
      throw new AvatarError('config_invalid', `audioFormat.sampleRate must be one of ${rates}.`);
    }
    appId = id;
    configuration = settings;
    return Promise.resolve();
  },

  /** Set the token with which the page itself connects to the Motion Server. */
  setSessionToken(token: string): void {
    sessionToken = token;
  },

  setUserId(id: string): void {
    userId = id;
  },

  /** Forget all settings. */
  cleanup(): void {
    appId = configuration = sessionToken = userId = undefined;
  },

  get isInitialized(): boolean {
    return appId !== undefined;
  },
  get appId(): string | undefined {
    return appId;
  },
  get configuration(): SdkConfiguration | undefined {
    return configuration;
  },
  get sessionToken(): string | undefined {
    return sessionToken;
  },
  get userId(): string | undefined {
    return userId;
  },
  get version(): string {
    return VERSION;
  },
} as const;
