import { defineConfig, type UserConfig } from 'vite';
import { bundleText } from './bundle.ts';

/**
 * Settings that build a package for other people's bundlers.
 *
 * Every module stays a file of its own: a bundler then leaves out what a page does not import, without having to prove
 * that a class has no side effects.
 *
 * @param external packages that the page brings itself
 */
export function library(external: (string | RegExp)[]): UserConfig {
  return defineConfig({
    plugins: [bundleText()],
    build: {
      target: 'es2022',
      sourcemap: true,
      minify: false, // the page's own bundler does
      reportCompressedSize: false,
      lib: { entry: 'src/index.ts', formats: ['es'] },
      rolldownOptions: {
        external,
        output: { preserveModules: true, preserveModulesRoot: 'src', entryFileNames: '[name].js' },
      },
    },
  });
}
