import { parseArgs } from 'node:util';
import { allProtocols } from './all-protocols.ts';
import { type FileSystemName, makeFileSystem } from './cut-image.ts';
import { parseCount } from './parse-count.ts';

/** What `power-cut` was asked to do. */
export interface PowerCutOptions {
  /** Cuts of each file system. Default: 100. */
  readonly cuts: number;
  /** Default: all. */
  readonly fileSystems: readonly FileSystemName[];
  /** Repeats flags, pauses and sizes, though not the timing of the machine. Default: of the clock. */
  readonly seed: number;
  /** The names of the protocols. Default: all. */
  readonly protocols: readonly string[];
  /** `atomic` with `--without-fsync`. */
  readonly durability: 'durable' | 'atomic';
}

/** Reads the command line. @throws {TypeError} For what it does not know. */
export function parsePowerCutOptions(): PowerCutOptions {
  const { values } = parseArgs({
    options: {
      cuts: { type: 'string', default: '100' },
      fs: { type: 'string', default: Object.keys(makeFileSystem).join(',') },
      only: { type: 'string', default: Object.keys(allProtocols).join(',') },
      seed: { type: 'string', default: String(Date.now() % 2 ** 31) },
      'without-fsync': { type: 'boolean', default: false },
    },
  });
  return {
    cuts: parseCount('--cuts', values.cuts),
    fileSystems: values.fs.split(',').map(parseFileSystem),
    protocols: values.only.split(',').map(parseProtocol),
    seed: parseCount('--seed', values.seed),
    durability: values['without-fsync'] ? 'atomic' : 'durable',
  };
}

function parseFileSystem(name: string): FileSystemName {
  if (name !== 'ext4' && name !== 'xfs') {
    throw new TypeError(`--fs is one or more of ${Object.keys(makeFileSystem).join(',')}, not ${JSON.stringify(name)}`);
  }
  return name;
}

function parseProtocol(name: string): string {
  if (!Object.hasOwn(allProtocols, name)) {
    throw new TypeError(`--only is one or more of ${Object.keys(allProtocols).join(',')}, not ${JSON.stringify(name)}`);
  }
  return name;
}
