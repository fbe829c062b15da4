import type { UserConfig } from 'vite';
import { library } from '../../tools/library.ts';

const config: UserConfig = library([/^three($|\/)/, /^@avamotion\//]);

export default config;
