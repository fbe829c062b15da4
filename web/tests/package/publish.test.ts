import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, type Rolldown } from 'vite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { published } from '../../tools/declarations.ts';
import { clientSizes, LIMIT_KB } from '../../tools/size.ts';
import { describeExamples } from './examples.ts';
import { PACKAGES, Project } from './project.ts';

const WEB = fileURLToPath(new URL('../..', import.meta.url));
const TSC = createRequire(import.meta.url).resolve('typescript/bin/tsc');
/** What web/README.md tells a page's author to write. */
const TEN_LINES = /```ts\n([\s\S]*?)```/.exec(readFileSync(join(WEB, 'README.md'), 'utf8'))?.[1];
const BUILD_TIMEOUT_MS = 120_000;

let project: string;
let home: Project;

beforeAll(() => {
  home = new Project();
  project = home.folder;
}, BUILD_TIMEOUT_MS);

afterAll(() => {
  home.dispose();
});

function check(file: string, ...options: string[]): string {
  try {
    const args = ['--noEmit', '--strict', '--target', 'es2022', '--lib', 'es2023,dom', ...options];
    execFileSync(process.execPath, [TSC, ...args, file], { cwd: project, encoding: 'utf8' });
    return '';
  } catch (error) {
    return (error as { stdout: string }).stdout;
  }
}

interface Bundle {
  readonly code: string;
  /** Packages and package modules that it took in. */
  readonly modules: readonly string[];
}

async function bundle(entry: string): Promise<Bundle> {
  const result = (await build({
    configFile: false,
    root: project,
    logLevel: 'error',
    build: { write: false, rolldownOptions: { input: join(project, entry) } },
  })) as Rolldown.RolldownOutput;
  const chunks = result.output.filter((file) => file.type === 'chunk');
  const modules = chunks
    .flatMap(({ moduleIds }) => moduleIds)
    .map((id) => id.split('node_modules/').at(-1) ?? id);
  return { code: chunks.map(({ code }) => code).join('\n'), modules };
}

describe('what is published', () => {
  it.each(PACKAGES)(
    '%s carries its build, its types, a licence and no tests or sources',
    (name) => {
      const files = home.listed[name] ?? [];
      expect(files).toEqual(
        expect.arrayContaining([
          'LICENSE',
          'README.md',
          'package.json',
          'dist/index.js',
          'dist/index.d.ts',
        ]),
      );
      expect(files.filter((path) => /test|^src/.test(path))).toEqual([]);
    },
  );

  it('declarations name files that are there, and do without an optional package', () => {
    const declaration = "import type { Room } from 'livekit-client';\nexport * from './a.ts';\n";
    expect(published(declaration)).toMatch(
      /^\/\/ @ts-ignore.*\nimport type .*\nexport \* from '.\/a.js';\n$/,
    );
  });

  it('the client stays within its size', async () => {
    const { core } = await clientSizes();
    expect(core).toBeLessThanOrEqual(LIMIT_KB);
    expect(core).toBeGreaterThan(5);
  });
});

describe('a page in a project of its own', () => {
  beforeAll(() => {
    if (TEN_LINES === undefined) throw new Error('web/README.md has no example');
    writeFileSync(join(project, 'page.ts'), TEN_LINES);
    writeFileSync(
      join(project, 'wrong.ts'),
      "import { AvatarPlayer, LocalProvider } from '@avamotion/client';\nnew AvatarPlayer(new LocalProvider(), 5);\n",
    );
  });

  it.each([
    ['bundler', 'esnext'],
    ['node16', 'node16'],
  ])('has its types under strict rules (%s), without skipping ours', (moduleResolution, module) => {
    const rules = ['--module', module, '--moduleResolution', moduleResolution];
    expect(check('page.ts', ...rules)).toBe('');
    expect(check('wrong.ts', ...rules)).toMatch(/wrong\.ts\(2,\d+\): error TS2345/);
  });

  it('is built by vite, and takes in neither Agora nor LiveKit', async () => {
    const { code, modules } = await bundle('page.ts');
    expect(modules.some((id) => id.startsWith('three/'))).toBe(true);
    expect(modules).toContain('@avamotion/client/dist/provider/localProvider.js');
    expect(modules.filter((id) => /agora|livekit/i.test(id))).toEqual([]);
    expect(code).not.toMatch(/agora-rtc-sdk-ng|livekit-client/);
  });

  it('that only takes LocalProvider gets no player, no other provider and no three.js', async () => {
    writeFileSync(
      join(project, 'local.ts'),
      "import { LocalProvider } from '@avamotion/client';\nconsole.log(new LocalProvider());\n",
    );
    const { modules } = await bundle('local.ts');
    expect(modules).toContain('@avamotion/client/dist/provider/localProvider.js');
    expect(modules.filter((id) => /three|agora|livekit|webRtc|avatarPlayer/i.test(id))).toEqual([]);
  });

  it('that takes AgoraProvider gets its SDK in a chunk of its own', async () => {
    home.borrow('agora-rtc-sdk-ng');
    writeFileSync(
      join(project, 'agora.ts'),
      "import { AgoraProvider } from '@avamotion/client';\nconsole.log(new AgoraProvider());\n",
    );
    const { modules } = await bundle('agora.ts');
    expect(modules.some((id) => id.startsWith('agora-rtc-sdk-ng/'))).toBe(true);
  });
});

// In one file: two would build the packages at the same time.
describeExamples(() => home);
