// Runs a TypeScript tool: node tools/run.js tools/x.ts ARGUMENTS. Node 20 does not read TypeScript by itself.
import { resolve } from 'node:path';
import { runnerImport } from 'vite';

const [tool, ...args] = process.argv.slice(2);
if (tool === undefined) throw new Error('name a tool: node tools/run.js tools/x.ts');
const { module } = await runnerImport(resolve(tool));
process.exitCode = await module.main(args);
