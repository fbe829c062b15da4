import type { UserConfig } from 'vite';
import { library } from '../../tools/library.ts';

const config: UserConfig = library(['agora-rtc-sdk-ng', 'livekit-client']);

export default config;
