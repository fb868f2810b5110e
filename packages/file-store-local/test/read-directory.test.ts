import { execFile, spawnSync } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { temporaryDirectory } from './temporary-root.ts';

const program = new URL('./changing-directory.ts', import.meta.url).pathname;
const canMount = spawnSync('unshare', ['-rm', 'mount', '-t', 'tmpfs', 'none', '/tmp']).status === 0;
const canMakeDisks = spawnSync('sh', ['-c', 'test "$(id -u)" = 0 && mkfs.ext4 -V && losetup -f']).status === 0;

async function list(options: readonly string[], mount: string, change: string, count: string): Promise<string> {
  const command = `${mount} && exec "$0" --conditions=@oh/source "$1" "$2" "$3" "$4"`;
  const args = [...options, 'sh', '-c', command, process.execPath, program, temporaryDirectory(), change, count];
  return (await promisify(execFile)('unshare', args)).stdout;
}

it.runIf(canMount)(
  'lists every file once that is replaced meanwhile, in a directory of any size (where a program may mount a tmpfs)',
  async () => {
    const mount = 'mount -t tmpfs none "$2"';
    expect(await list(['-rm'], mount, 'replace', '3000')).toBe('missed 0, twice 0\n');
    expect(await list(['-rm'], mount, 'replace', '90')).toBe('missed 0, twice 0\n');
  },
  60_000,
);

it.runIf(canMakeDisks)(
  'lists what stays while others go, on a disk that tells no kinds of entries (where root has mkfs.ext4 and loop devices)',
  async () => {
    const mount = 'truncate -s 16M "$2/disk" && mkfs.ext4 -q -O ^filetype "$2/disk" && mount -o loop "$2/disk" "$2"';
    expect(await list(['-m'], mount, 'remove', '90')).toBe('missed 0, twice 0\n');
  },
  60_000,
);
