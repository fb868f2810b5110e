import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { workspaceRoot } from './workspace.ts';

/** Finds the commands in a block of shell that name a script, a project's folder or a file that this repository does not have. */
export function findUnknownCommands(text: string): string[] {
  const commands = text.split('\n').flatMap((line) => line.replace(/ +#.*$/, '').split(' && '));
  return commands.filter((command) => !isThere(command.trim()));
}

function isThere(command: string): boolean {
  const script = /^npm (?:run )?(?<script>[\w:-]+)(?: -w (?<name>@[\w/-]+))?(?: -- .*)?$/.exec(command)?.groups;
  if (script !== undefined) {
    return script['script'] === 'ci' || script['script'] === 'install' || scriptsOf(script['name']).has(script['script'] ?? '');
  }
  const target = /^npx nx run (?<name>@[\w/-]+):(?<target>[\w-]+)$/.exec(command)?.groups;
  if (target !== undefined) {
    return scriptsOf(target['name']).has(target['target'] ?? '');
  }
  const file = /^(?:node )?(?:\.\.\/)*(?<file>[\w./-]+)$/.exec(command)?.groups?.['file'];
  return file !== undefined && existsSync(join(workspaceRoot, file));
}

function scriptsOf(name: string | undefined): ReadonlySet<string> {
  const folder =
    name === undefined ? '' : name.replace('@oh-tools/', 'tools/').replace('@oh/', 'packages/').replace('tools/benchmarks', 'benchmarks');
  const { scripts } = JSON.parse(readFileSync(join(workspaceRoot, folder, 'package.json'), 'utf8')) as { readonly scripts: object };
  return new Set(Object.keys(scripts));
}
