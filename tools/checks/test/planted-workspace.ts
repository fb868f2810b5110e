import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';

/** Contents by path; objects become JSON. */
export type PlantedFiles = Readonly<Record<string, string | object>>;

/** Writes files below `directory`, with the folders they need. */
export function writeFiles(directory: string, files: PlantedFiles): void {
  for (const [path, contents] of Object.entries(files)) {
    const target = join(directory, path);
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, typeof contents === 'string' ? contents : `${JSON.stringify(contents, undefined, 2)}\n`);
  }
}

/** A directory that is removed when the test is over. */
export function makeTemporaryDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'oh-checks-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

/** A workspace with one package of every layer that breaks no rule, plus `changes`. */
export function plantWorkspace(changes: PlantedFiles = {}): string {
  const directory = makeTemporaryDirectory();
  writeFiles(directory, { ...soundFiles, ...changes });
  return directory;
}

/** A package.json in {@link plantWorkspace}'s form. */
export function manifest(name: string, layer: string, fields: object = {}): object {
  return { name, exports: { '.': './src/index.ts', './package.json': './package.json' }, nx: { tags: [`layer:${layer}`] }, ...fields };
}

const onCore = { dependencies: { '@oh/core': '^1.0.0' } };
const optionalBackend = { peerDependencies: { '@oh/local': '^1.0.0' }, peerDependenciesMeta: { '@oh/local': { optional: true } } };

const soundFiles: PlantedFiles = {
  'package.json': { workspaces: ['packages/*', 'tools/*'], devDependencies: { esbuild: '1.0.0' } },
  'packages/core/package.json': manifest('@oh/core', 'core', { exports: { '.': './src/index.ts', './testing': './src/testing.ts' } }),
  'packages/core/src/index.ts': "export { join } from 'node:path';\n",
  'packages/core/src/testing.ts': "import '@oh/core';\nimport './index.ts';\n",
  'packages/local/package.json': manifest('@oh/local', 'backend', onCore),
  'packages/local/src/index.ts': "import { join } from '@oh/core';\nexport const local = join;\n",
  'packages/remote/package.json': manifest('@oh/remote', 'backend', onCore),
  'packages/remote/src/index.ts': "export * from '@oh/core';\n",
  'packages/hook/package.json': manifest('@oh/hook', 'decorator', onCore),
  'packages/hook/src/index.ts': "import '@oh/core';\n",
  'packages/talk/package.json': manifest('@oh/talk', 'domain', { dependencies: { '@oh/core': '^1.0.0', zod: '^4.0.0' } }),
  'packages/talk/src/index.ts':
    "import { z } from 'zod';\nimport type { join } from '@oh/core';\nexport type Join = typeof join;\nexport { z };\n",
  'packages/talk/test/talk.test.ts': "import '@oh/local';\nimport '@oh/core/testing';\nimport '@oh/fixtures';\nimport '../src/index.ts';\n",
  'packages/event/package.json': manifest('@oh/event', 'domain', onCore),
  'packages/event/src/index.ts': "import '@oh/core';\n",
  'packages/whole/package.json': manifest('@oh/whole', 'compose', { ...onCore, ...optionalBackend }),
  'packages/whole/src/index.ts': "import '@oh/core';\nexport const load = () => import('@oh/local');\n",
  'packages/cli/package.json': manifest('@oh/cli', 'app', {
    dependencies: { '@oh/core': '^1.0.0', '@oh/local': '^1.0.0', '@oh/talk': '^1.0.0' },
  }),
  'packages/cli/src/index.ts': "import '@oh/core';\nimport '@oh/local';\nimport '@oh/talk';\n",
  'tools/fixtures/package.json': manifest('@oh/fixtures', 'tool', { devDependencies: { '@oh/local': '*' } }),
  'tools/fixtures/src/index.ts': "import 'esbuild';\nimport '@oh/local';\n",
};
