import { join } from 'node:path';
import { compareRounds, type Rounds } from '../compare-rounds.ts';
import type { Finding } from '../finding.ts';
import { type Backend, type BackendUse, backends } from '../install/backends.ts';
import { installPackages, packPackages } from '../install/install-packages.ts';
import { type FolderSize, measureFolder } from '../install/measure-folder.ts';
import { measureImport } from '../measure-import.ts';
import { NotMeasuredError } from '../not-measured.ts';
import type { RowContext } from './row-context.ts';

/** Rounds in which every folder's modules are imported once. Odd, so that the median is one of them; a first one does not count. */
const rounds = 7;

/** What one way to use a backend takes. */
interface Installed {
  readonly use: BackendUse;
  readonly folder: string;
  readonly size: FolderSize;
}

/** What an application installs and imports that uses one backend only. */
export async function measureInstalledSize(context: RowContext): Promise<Finding[]> {
  if (!context.full) {
    throw new NotMeasuredError('it installs some hundred megabytes from the registry, so only with --full');
  }
  context.onProgress('packing ours');
  const tarballs = await packPackages([...new Set(backends.flatMap(({ ours }) => ours.packages))], context.directory);
  const findings: Finding[] = [];
  for (const backend of backends) {
    findings.push(...(await compareBackend(backend, tarballs, context)));
  }
  return findings;
}

async function compareBackend(
  { name, ours, others, without }: Backend,
  tarballs: ReadonlyMap<string, string>,
  context: RowContext,
): Promise<Finding[]> {
  const [own] = await installEach([ours], name, tarballs, context);
  if (own === undefined) {
    throw new NotMeasuredError('npm could not install our own packages: is the registry there?');
  }
  const installed = await installEach(others, name, tarballs, context);
  const imports = await importInTurns([own, ...installed], context);
  const missing = [
    ...others.filter((use) => installed.every((each) => each.use !== use)).map(({ library }) => `npm could not install ${library}`),
    ...(without === undefined ? [] : [without]),
  ];
  const toMiB = ({ size }: Installed): number => size.bytes / 1024 ** 2;
  return [
    ...installed.flatMap((other, index) => [
      compare(`${name} alone: size installed`, 'MiB', toMiB(own), other.use.library, toMiB(other)),
      compare(`${name} alone: packages installed`, 'packages', own.size.packages, other.use.library, other.size.packages),
      { what: `${name} alone: import`, unit: 'ms' as const, ...compareRounds(imports[0] ?? noRounds, imports[index + 1] ?? noRounds) },
    ]),
    ...(missing.length === 0
      ? []
      : [{ what: `${name} alone: size installed`, unit: 'MiB' as const, ours: toMiB(own), notCompared: missing.join('; ') }]),
  ];
}

const noRounds: Rounds = { name: '', reached: [] };

function compare(what: string, unit: Finding['unit'], ours: number, name: string, reached: number): Finding {
  return { what, unit, ours, other: { name, reached, ratio: ours / reached } };
}

/** What npm cannot install is left out. */
async function installEach(
  uses: readonly BackendUse[],
  backend: string,
  tarballs: ReadonlyMap<string, string>,
  { directory, onProgress, signal }: RowContext,
): Promise<Installed[]> {
  const installed: Installed[] = [];
  for (const use of uses) {
    signal.throwIfAborted();
    onProgress(`${backend}: installing ${use.library}`);
    const folder = join(directory, `${backend} ${use.library}`.replaceAll(' ', '-'));
    try {
      await installPackages(use.packages, tarballs, folder);
    } catch (error) {
      process.stderr.write(`${use.library}: ${error instanceof Error ? error.message : error}\n`);
      continue;
    }
    installed.push({ use, folder, size: await measureFolder(join(folder, 'node_modules')) });
  }
  return installed;
}

/** Milliseconds of each, round by round, each time in a process of its own. */
async function importInTurns(installed: readonly Installed[], { onProgress, signal }: RowContext): Promise<Rounds[]> {
  const reached = installed.map(({ use }) => ({ name: use.library, reached: [] as number[] }));
  for (let round = 0; round <= rounds; round += 1) {
    onProgress(`imports, round ${round} of ${rounds}`);
    const order = [...installed.entries()];
    for (const [index, { use, folder }] of round % 2 === 0 ? order : order.toReversed()) {
      const milliseconds = await measureImport(use.modules, folder, signal);
      if (round > 0) {
        reached[index]?.reached.push(milliseconds);
      }
    }
  }
  return reached;
}
