import { existsSync } from 'node:fs';
import { type FileSystemName, makeFileSystem } from './cut-image.ts';
import { hasCommand } from './run-command.ts';

const packages: Readonly<Record<string, string>> = {
  'mkfs.ext4': 'e2fsprogs',
  'mkfs.xfs': 'xfsprogs',
  mount: 'mount',
  losetup: 'mount',
  perl: 'perl',
};

/** Why the power cannot be cut here, and what to do about it; `undefined` when it can. */
export function missingPrerequisite(fileSystems: readonly FileSystemName[]): string | undefined {
  if (process.getuid?.() !== 0) {
    return 'it mounts file systems; run it as root, on Linux (sudo -E env "PATH=$PATH" ...)';
  }
  if (!existsSync('/dev/loop-control')) {
    return 'there are no loop devices (/dev/loop-control); a container needs --privileged';
  }
  const commands = ['mount', 'losetup', 'perl', ...fileSystems.map((fileSystem) => makeFileSystem[fileSystem][0])];
  const command = commands.find((name) => !hasCommand(name));
  return command === undefined ? undefined : `${command} is missing: apt-get install ${packages[command]}`;
}
