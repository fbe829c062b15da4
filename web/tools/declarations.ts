import { execFileSync } from 'node:child_process';
import { copyFileSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Packages that a page may do without: where they are missing, what comes from them has type `any`. */
const OPTIONAL = /^(import .* from ["'](?:agora-rtc-sdk-ng|livekit-client|three)(?:\/.*)?["'];)$/gm;
const RELATIVE = /(["']\.{1,2}\/[^"']*)\.ts(["'])/g;
const LICENSE = fileURLToPath(new URL('../../LICENSE', import.meta.url));

/** Write the declarations and the licence that a built package is published with: `declarations.ts PACKAGE`. */
export function main([folder = '.']: readonly string[]): number {
  const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc');
  execFileSync(process.execPath, [tsc, '-p', join(resolve(folder), 'tsconfig.build.json')], {
    stdio: 'inherit',
  });
  const dist = join(folder, 'dist');
  for (const name of readdirSync(dist, { recursive: true, encoding: 'utf8' })) {
    if (!name.endsWith('.d.ts')) continue;
    const file = join(dist, name);
    writeFileSync(file, published(readFileSync(file, 'utf8')));
  }
  copyFileSync(LICENSE, join(folder, 'LICENSE'));
  return 0;
}

/** A declaration as it reads outside this workspace: no `.ts` in paths, no error without an optional package. */
export function published(declaration: string): string {
  return declaration
    .replace(RELATIVE, '$1.js$2')
    .replace(OPTIONAL, '// @ts-ignore: optional; without it its types are any\n$1');
}
