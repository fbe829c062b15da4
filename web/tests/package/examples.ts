import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, type Rolldown } from 'vite';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Project } from './project.ts';

const EXAMPLES = fileURLToPath(new URL('../../../examples/web', import.meta.url));
const VUE_TSC = createRequire(import.meta.url).resolve('vue-tsc/bin/vue-tsc.js');
const TIMEOUT_MS = 180_000;

interface Manifest {
  readonly dependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
}

/** What the type checker has to say. */
function check(folder: string): string {
  try {
    execFileSync(process.execPath, [VUE_TSC, '--noEmit'], { cwd: folder, encoding: 'utf8' });
    return '';
  } catch (error) {
    return (error as { stdout: string }).stdout;
  }
}

/** Tests of the examples, on our packages as they are published and on what else they name. */
export function describeExamples(home: () => Project): void {
  describe('the examples', () => {
    let folder: string;

    beforeAll(() => {
      folder = join(home().folder, 'examples');
      cpSync(EXAMPLES, folder, {
        recursive: true,
        filter: (path) => !/node_modules|dist/.test(path),
      });
      const { dependencies, devDependencies } = JSON.parse(
        readFileSync(join(EXAMPLES, 'package.json'), 'utf8'),
      ) as Manifest;
      const others = Object.keys({ ...dependencies, ...devDependencies }).filter(
        (name) => !name.startsWith('@avamotion/'),
      );
      home().borrow(...others);
    });

    it(
      'have their types, React’s and Vue’s too',
      () => {
        expect(check(folder)).toBe('');
        const wrong = join(folder, 'vue', 'Wrong.vue');
        writeFileSync(
          wrong,
          '<script setup lang="ts">\nimport { speak } from \'../speak.ts\';\nspeak(5);\n</script>\n',
        );
        expect(check(folder)).toMatch(/Wrong\.vue\(3,\d+\): error TS/);
      },
      TIMEOUT_MS,
    );

    it.each(['html', 'react', 'vue'])(
      '%s is built, and brings player and renderer',
      async (page) => {
        const root = join(folder, page);
        expect(existsSync(join(root, 'index.html'))).toBe(true);
        const result = (await build({
          root,
          configFile: join(folder, 'vite.config.ts'),
          logLevel: 'error',
          build: { write: false },
        })) as Rolldown.RolldownOutput;
        const modules = result.output.flatMap((file) =>
          file.type === 'chunk' ? file.moduleIds : [],
        );
        const brought = (part: string): boolean => modules.some((id) => id.includes(part));
        expect(brought('@avamotion/client/dist/player/avatarPlayer.js')).toBe(true);
        expect(brought('@avamotion/renderer/dist/view/avatarView.js')).toBe(true);
        expect(brought('/react-dom/')).toBe(page === 'react');
        expect(brought('/@vue/runtime-dom/')).toBe(page === 'vue');
      },
      TIMEOUT_MS,
    );
  });
}
