import { existsSync, globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { workspaceRoot } from '../src/workspace.ts';

/** A block of code, with the comment before it that says where it is from: `<!-- examples/readme/x.ts#name -->`. */
const block = /(?:<!-- (?<file>[\w./-]+)#(?<region>[\w-]+) -->\n)?```ts\n(?<code>[\s\S]*?)```/g;

/** A part of a program: `// #region name` up to `// #endregion`. */
const region = /^(?<indent> *)\/\/ #region (?<name>[\w-]+)\n(?<code>[\s\S]*?)^ *\/\/ #endregion$/gm;

function regionsOf(file: string): ReadonlyMap<string, string> {
  const found = readFileSync(join(workspaceRoot, file), 'utf8').matchAll(region);
  return new Map(
    [...found].map(({ groups: { indent = '', name = '', code = '' } = {} }) => [name, code.replaceAll(new RegExp(`^${indent}`, 'gm'), '')]),
  );
}

const readmes = globSync(['*.md', 'docs/*.md', '{packages,tools}/*/README.md', 'benchmarks/README.md'], { cwd: workspaceRoot }).sort();

it('finds the READMEs', () => {
  expect(readmes.length).toBeGreaterThan(10);
});

it.each(readmes)('%s shows code that is run', (readme) => {
  for (const { groups: { file, region: name = '', code } = {} } of readFileSync(join(workspaceRoot, readme), 'utf8').matchAll(block)) {
    expect(file, `a block of code says which program it is a part of:\n${code}`).toBeDefined();
    expect(existsSync(join(workspaceRoot, file ?? '')), `${file} is missing`).toBe(true);
    expect(code).toBe(regionsOf(file ?? '').get(name));
  }
});

it('has no part of a program that no README shows', () => {
  const shown = new Set(
    readmes.flatMap((readme) =>
      [...readFileSync(join(workspaceRoot, readme), 'utf8').matchAll(block)].map(
        ({ groups }) => `${groups?.['file']}#${groups?.['region']}`,
      ),
    ),
  );
  const files = globSync(['examples/readme/*.ts', 'tools/examples/test/*.ts'], { cwd: workspaceRoot });
  const all = files.flatMap((file) => [...regionsOf(file).keys()].map((name) => `${file}#${name}`));
  expect(all.filter((each) => !shown.has(each))).toEqual([]);
});
