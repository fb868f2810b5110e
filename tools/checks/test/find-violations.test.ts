import { describe, expect, test } from 'vitest';
import { findViolations } from '../src/find-violations.ts';
import { makeTemporaryDirectory, manifest, type PlantedFiles, plantWorkspace, writeFiles } from './planted-workspace.ts';
import { runScript, type ScriptRun } from './run-script.ts';

/** The broken rules as `file:line: message`, the way the command prints them. */
function violationsWith(changes: PlantedFiles): string[] {
  return findViolations(plantWorkspace(changes)).violations.map(({ file, line, message }) => `${file}:${line}: ${message}`);
}

function runCheck(workspace: string): ScriptRun {
  return runScript('check-boundaries.ts', workspace);
}

describe('a workspace that keeps to its layers', () => {
  test('has no violation, and its files and imports are counted', () => {
    expect(findViolations(plantWorkspace())).toEqual({ packages: 9, files: 11, imports: 20, violations: [] });
  });

  test('passes with one line of counts', () => {
    const { status, stdout, stderr } = runCheck(plantWorkspace());
    expect({ status, stdout, stderr }).toEqual({
      status: 0,
      stdout: 'boundaries: 9 packages, 11 files, 20 imports: every rule holds\n',
      stderr: '',
    });
  });
});

describe('a domain package that names a backend is found', () => {
  test.each([
    ['statically', "import { local } from '@oh/local';"],
    ['for its effects', "import '@oh/local';"],
    ['with nothing imported', "import {} from '@oh/local';"],
    ['type-only', "import type { local } from '@oh/local';"],
    ['with inline types', "import { type local } from '@oh/local';"],
    ['dynamically', "await import('@oh/local');"],
    ['dynamically with a template', 'await import(`@oh/local`);'],
    ['in a type', "export type Local = import('@oh/local').Local;"],
    ['in typeof', "export type Local = typeof import('@oh/local');"],
    ['by re-export', "export { local } from '@oh/local';"],
    ['by empty re-export', "export {} from '@oh/local';"],
    ['by re-export of everything', "export * from '@oh/local';"],
    ['by type re-export', "export type { local } from '@oh/local';"],
    ['by require', "const local = require('@oh/local');"],
    ['by import of require', "import local = require('@oh/local');"],
    ['by augmentation', "declare module '@oh/local' {}"],
    ['by a reference', '/// <reference types="@oh/local" />'],
  ])('%s', (_how, source) => {
    const found = violationsWith({ 'packages/talk/src/deep/plant.ts': `\n// é 😀\n${source}\nexport {};\n` });
    expect(found).toEqual([
      'packages/talk/src/deep/plant.ts:3: layer domain may not import @oh/local of layer backend: ' +
        'a domain package imports core only: take a FileStore and let the application choose the backend',
    ]);
  });

  test('in bin', () => {
    const found = violationsWith({ 'packages/talk/bin/talk.js': "#!/usr/bin/env node\nimport '../src/index.ts';\nimport '@oh/local';\n" });
    expect(found).toEqual([expect.stringMatching(/^packages\/talk\/bin\/talk\.js:3: layer domain may not import @oh\/local/)]);
  });

  test('in package.json, on the line of the entry', () => {
    const fields = { dependencies: { '@oh/core': '^1.0.0', zod: '^4.0.0' }, peerDependencies: { '@oh/local': '^1.0.0' } };
    const [found, ...others] = violationsWith({ 'packages/talk/package.json': manifest('@oh/talk', 'domain', fields) });
    expect(found).toMatch(/^packages\/talk\/package\.json:17: layer domain may not import @oh\/local of layer backend/);
    expect(others).toEqual([]);
  });

  test('but not in devDependencies', () => {
    const fields = { dependencies: { '@oh/core': '^1.0.0', zod: '^4.0.0' }, devDependencies: { '@oh/local': '*' } };
    expect(violationsWith({ 'packages/talk/package.json': manifest('@oh/talk', 'domain', fields) })).toEqual([]);
  });
});

describe('who may import whom', () => {
  const layers = { core: 'core', backend: 'local', decorator: 'hook', domain: 'talk', compose: 'whole', app: 'cli', tool: 'fixtures' };
  const allowed: Readonly<Record<string, readonly string[]>> = {
    core: [],
    backend: ['core'],
    decorator: ['core'],
    domain: ['core'],
    compose: ['core', 'domain'],
    app: ['core', 'backend', 'decorator', 'domain', 'compose'],
    tool: ['core', 'backend', 'decorator', 'domain', 'compose', 'app', 'tool'],
  };
  const pairs = Object.keys(layers).flatMap((from) => Object.entries(layers).map(([to, name]) => [from, to, `@oh/${name}`] as const));

  test.each(pairs)('%s imports %s', (from, to, name) => {
    const found = violationsWith({
      'packages/plant/package.json': manifest('@oh/plant', from, { devDependencies: { [name]: '*' } }),
      'packages/plant/src/index.ts': `import '${name}';\n`,
    }).filter((violation) => violation.includes('may not import'));
    expect(found.length).toBe(allowed[from]?.includes(to) ? 0 : 1);
  });

  test('compose loads a backend by import() alone', () => {
    const how = (source: string) => violationsWith({ 'packages/whole/src/plant.ts': source });
    expect(how("await import('@oh/local');")).toEqual([]);
    expect(how("import type { local } from '@oh/local';")).toHaveLength(1);
    expect(how("export * from '@oh/local';")).toHaveLength(1);
  });

  test('compose declares a backend as an optional peer alone', () => {
    const dependencies = { '@oh/core': '^1.0.0', '@oh/local': '^1.0.0' };
    const declared = (fields: object) => violationsWith({ 'packages/whole/package.json': manifest('@oh/whole', 'compose', fields) });
    expect(declared({ dependencies })).toHaveLength(1);
    expect(declared({ peerDependencies: dependencies })).toHaveLength(1);
    expect(declared({ peerDependencies: dependencies, peerDependenciesMeta: { '@oh/local': { optional: true } } })).toEqual([]);
  });

  test('core has no runtime dependency, not even a foreign one', () => {
    const fields = { dependencies: { zod: '^4.0.0' }, optionalDependencies: { koffi: '^3.0.0' }, peerDependencies: { vitest: '>=3' } };
    const found = violationsWith({
      'packages/core/package.json': manifest('@oh/core', 'core', { ...fields, exports: { '.': '', './testing': '' } }),
    });
    expect(found).toEqual([
      expect.stringContaining('core has no runtime dependencies: remove "zod" from dependencies'),
      expect.stringContaining('core has no runtime dependencies: remove "koffi" from optionalDependencies'),
    ]);
  });

  test.each([[[]], [['layer:unheard-of']], [['layer:core', 'layer:domain']]])('a package tagged %j has no layer', (tags) => {
    const found = violationsWith({ 'packages/event/package.json': { name: '@oh/event', dependencies: { '@oh/core': '*' }, nx: { tags } } });
    expect(found).toEqual([expect.stringMatching(/^packages\/event\/package\.json:1: package without a layer/)]);
  });
});

describe('how a package is named', () => {
  test.each([
    ['src', '../../core/src/index.ts'],
    ['test', '../../core/src/index.ts'],
    ['test', '../../../tools/fixtures/src/index.ts'],
  ])('in %s never by the relative path %s', (folder, specifier) => {
    const found = violationsWith({ [`packages/talk/${folder}/plant.ts`]: `import '${specifier}';` });
    expect(found).toEqual([expect.stringMatching(/^packages\/talk\/\w+\/plant\.ts:1: import of @oh\/\w+ by the relative path/)]);
  });

  test('src reaches nothing outside its package', () => {
    const found = violationsWith({ 'packages/talk/src/plant.ts': "import '../package.json';\nimport '../../../package.json';" });
    expect(found).toEqual([expect.stringContaining('plant.ts:2: import of "../../../package.json", which lies outside the package')]);
  });

  test.each(['src', 'test'])('in %s only by paths that it exports', (folder) => {
    const found = violationsWith({
      [`packages/talk/${folder}/plant.ts`]: "import '@oh/core/testing';\nimport '@oh/core/dist/index.js';",
    });
    expect(found).toEqual([
      `packages/talk/${folder}/plant.ts:2: import of "@oh/core/dist/index.js", which @oh/core does not export: it exports ., ./testing`,
    ]);
  });

  test('patterns in exports offer what they match', () => {
    const fields = { exports: { './parts/*.js': './src/*.ts' } };
    const found = violationsWith({
      'packages/core/package.json': manifest('@oh/core', 'core', fields),
      'packages/event/src/index.ts': "import '@oh/core/parts/a.js';\nimport '@oh/core/parts/a.ts';\n",
    }).filter((violation) => violation.startsWith('packages/event'));
    expect(found).toEqual([expect.stringContaining('index.ts:2: import of "@oh/core/parts/a.ts"')]);
  });

  test('a bare import is declared where consumers install it', () => {
    const source = "import 'fs';\nimport 'node:fs';\nimport 'zod/mini';\nimport '@scope/name/deep';\nimport 'esbuild';";
    expect(violationsWith({ 'packages/talk/src/plant.ts': source })).toEqual([
      expect.stringContaining('plant.ts:4: import of @scope/name, which packages/talk/package.json declares neither in dependencies nor'),
      expect.stringContaining('plant.ts:5: import of esbuild, which packages/talk/package.json declares'),
    ]);
  });

  test('a computed name is refused in src, for it cannot be checked, but in compose, which loads what a configuration names', () => {
    const source = 'const name = "@oh/local";\nawait import(name);';
    const files = { 'packages/talk/src/plant.ts': source, 'packages/talk/test/plant.ts': source, 'packages/whole/src/plant.ts': source };
    expect(violationsWith(files)).toEqual([
      'packages/talk/src/plant.ts:2: import of a computed name cannot be checked: write the name as a literal',
    ]);
  });

  test.each(['/etc/plant.js', 'file:///etc/plant.js', 'data:text/javascript,'])('the absolute location %s is refused', (location) => {
    expect(violationsWith({ 'packages/talk/src/plant.ts': `import '${location}';` })).toEqual([
      expect.stringContaining('import of the absolute location'),
    ]);
  });
});

describe('a declaration with using, which Node 22 does not know', () => {
  test.each([
    ['using', 'using', 'using lock = open();'],
    ['await using', 'await using', 'await using lock = open();'],
    ['in a function', 'await using', 'async function run() { await using lock = open(); }'],
    ['in the head of a loop', 'using', 'for (using lock of locks) {}'],
    ['awaited in the head of a loop', 'await using', 'for (await using lock of locks) {}'],
  ])('%s', (_how, keyword, source) => {
    const planted = `// é 😀\n${source}\nexport {};\n`;
    const fault =
      `declaration with "${keyword}": the sources run with their types stripped on Node 22 too, which does not know the syntax: ` +
      'call close() or [Symbol.asyncDispose]() in a finally block';
    const paths = ['packages/talk/bin/plant.js', 'packages/talk/src/deep/plant.ts'];
    const found = violationsWith(Object.fromEntries(paths.map((path) => [path, planted])));
    expect(found).toEqual(paths.map((path) => `${path}:2: ${fault}`));
  });

  test('but in tests, tools, comments and as a name it is free', () => {
    const source = 'await using lock = open();\n';
    const found = violationsWith({
      'packages/talk/test/plant.ts': source,
      'tools/fixtures/src/plant.ts': source,
      'packages/talk/src/plant.ts': '// await using lock = open();\nexport const using = "await using x = y";\n',
    });
    expect(found).toEqual([]);
  });
});

describe('what cannot be checked does not pass', () => {
  test('a workspace that is named by its folder', () => {
    const found = violationsWith({
      'package.json': { workspaces: ['packages/*', 'speed'] },
      'speed/package.json': manifest('@oh/speed', 'domain'),
      'speed/src/index.ts': "import '@oh/local';\n",
    });
    expect(found).toEqual([expect.stringMatching(/^speed\/src\/index\.ts:1: layer domain may not import @oh\/local/)]);
  });

  test('a workspace pattern of another form', () => {
    expect(() => violationsWith({ 'package.json': { workspaces: ['packages/**'] } })).toThrow(
      'unknown form of workspace pattern: packages/**',
    );
  });

  test('a file that cannot be parsed', () => {
    expect(violationsWith({ 'packages/talk/src/plant.ts': 'export const ;' })).toEqual([
      expect.stringMatching(/^packages\/talk\/src\/plant\.ts:1: cannot be parsed/),
    ]);
  });

  test('a package without sources', () => {
    expect(violationsWith({ 'packages/empty/package.json': manifest('@oh/empty', 'domain') })).toEqual([
      'packages/empty:1: package without a source file in src: nothing was checked',
    ]);
  });

  test('a workspace without files', () => {
    const directory = makeTemporaryDirectory();
    writeFiles(directory, { 'package.json': { workspaces: ['packages/*'] } });
    const { status, stderr } = runCheck(directory);
    expect({ status, stderr }).toEqual({ status: 1, stderr: 'boundaries: no source file found, so nothing was checked\n' });
  });

  test('a violation: it is printed with file and line, and the command fails', () => {
    const { status, stdout, stderr } = runCheck(plantWorkspace({ 'packages/talk/src/plant.mts': "\nimport '@oh/event';" }));
    expect(status).toBe(1);
    expect(stderr).toMatch(/^packages\/talk\/src\/plant\.mts:2: layer domain may not import @oh\/event of layer domain: .+\n$/);
    expect(stdout).toBe('boundaries: 9 packages, 12 files, 21 imports, violations: 1\n');
  });
});
