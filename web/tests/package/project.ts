import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const WEB = fileURLToPath(new URL('../..', import.meta.url));

/** The packages that are published. */
export const PACKAGES = ['client', 'renderer'] as const;

/** A project of its own, with our packages installed as they are published. */
export class Project {
  readonly folder: string;
  /** The files in each package. */
  readonly listed: Readonly<Record<string, readonly string[]>>;

  /** Pack both packages, and install them where nothing of this workspace is in reach. */
  constructor() {
    this.folder = mkdtempSync(join(tmpdir(), 'avamotion-page-'));
    const listed: Record<string, string[]> = {};
    const tarballs = PACKAGES.map((name) => {
      const folder = join(WEB, 'packages', name);
      this.#npm('run', 'build', '--silent', '--prefix', folder);
      const report = JSON.parse(
        this.#npm('pack', folder, '--ignore-scripts', '--json', '--pack-destination', this.folder),
      ) as [{ filename: string; files: { path: string }[] }];
      listed[name] = report[0].files.map(({ path }) => path);
      return join(this.folder, report[0].filename);
    });
    this.listed = listed;
    writeFileSync(join(this.folder, 'package.json'), '{"private": true, "type": "module"}');
    const quiet = ['--no-audit', '--no-fund', '--silent'];
    const three = join(WEB, 'node_modules', 'three');
    this.#npm('install', '--offline', '--install-links', ...quiet, ...tarballs, three);
  }

  /** Put packages of this workspace in reach. */
  borrow(...names: string[]): void {
    for (const name of names) {
      const link = join(this.folder, 'node_modules', name);
      mkdirSync(dirname(link), { recursive: true });
      symlinkSync(join(WEB, 'node_modules', name), link);
    }
  }

  /** Remove it. */
  dispose(): void {
    rmSync(this.folder, { recursive: true });
  }

  #npm(...args: string[]): string {
    // npm hands its own settings down to what it runs.
    const env = Object.entries(process.env).filter(([name]) => !name.startsWith('npm_config_'));
    const options = { encoding: 'utf8', env: Object.fromEntries(env), cwd: this.folder } as const;
    return execFileSync('npm', args, { ...options, stdio: ['ignore', 'pipe', 'inherit'] });
  }
}
