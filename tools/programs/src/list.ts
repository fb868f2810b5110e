import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { pythons } from './find-python.ts';

/** Prints which of the programs are here: an input of every cached test, so that one that was skipped runs once its program is installed. */
const requirements = ['requirements.txt', 'requirements-openhands.txt'].map((name) =>
  readFileSync(new URL(`../${name}`, import.meta.url), 'utf8'),
);
const packages = [...requirements.join('\n').matchAll(/^([\w-]+)==/gm)].map(([, name = '']) => name);
const versions = `
import sys
from importlib.metadata import PackageNotFoundError, version
print(sys.version)
for name in sys.argv[1:]:
    try:
        print(name, version(name))
    except PackageNotFoundError:
        pass
`;

for (const python of pythons) {
  const { status, stdout } = spawnSync(python, ['-c', versions, ...packages, 'openhands-ai'], { encoding: 'utf8' });
  console.log(`${python}: ${status === 0 ? stdout.trim() : 'not here'}`);
}
for (const program of ['dbus-run-session', 'gnome-keyring-daemon', 'zsh', 'fish']) {
  console.log(`${program}: ${spawnSync(program, ['--version']).status === 0 ? 'here' : 'not here'}`);
}
