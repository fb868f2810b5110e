import { fileURLToPath } from 'node:url';
import { compareRounds } from '../compare-rounds.ts';
import type { Finding } from '../finding.ts';
import { measureImport } from '../measure-import.ts';
import { runCommand } from '../run-command.ts';
import type { RowContext } from './row-context.ts';

/** Rounds in which every module is imported once. Odd, so that the median is one of them. */
const rounds = 21;

/** Packages of ours, and the SDK that each is built on. */
const packages = [
  { folder: 'file-store-s3', ours: '@oh/file-store-s3', sdk: '@aws-sdk/client-s3' },
  { folder: 'file-store-gcs', ours: '@oh/file-store-gcs', sdk: '@google-cloud/storage' },
] as const;

/** How long it takes to import a built package, SDK included, against the SDK alone; each time in a process of its own. */
export async function measureImportTime(context: RowContext): Promise<Finding[]> {
  const findings: Finding[] = [];
  context.onProgress('building');
  await runCommand('nx', 'run-many', '--target=build', `--projects=${packages.map(({ ours }) => ours).join()}`);
  for (const { folder, ours, sdk } of packages) {
    const directory = fileURLToPath(new URL(`../../../packages/${folder}`, import.meta.url));
    const reached = await measureInTurns(directory, [ours, sdk], context);
    const [oursMs = [], sdkMs = []] = reached;
    findings.push({
      what: `import('${ours}')`,
      unit: 'ms',
      ...compareRounds({ name: ours, reached: oursMs }, { name: `import('${sdk}')`, reached: sdkMs }),
      wanted: { ratioBelow: 1.3 },
    });
  }
  return findings;
}

/** Milliseconds of each module, round by round; a first round, which brings the files into the page cache, does not count. */
async function measureInTurns(directory: string, modules: readonly string[], context: RowContext): Promise<number[][]> {
  const reached = modules.map((): number[] => []);
  for (let round = 0; round <= rounds; round += 1) {
    const order = [...modules.keys()];
    for (const index of round % 2 === 0 ? order : order.toReversed()) {
      const name = modules[index] ?? '';
      context.onProgress(`round ${round} of ${rounds}: ${name}`);
      const milliseconds = await measureImport([name], directory, context.signal);
      if (round > 0) {
        reached[index]?.push(milliseconds);
      }
    }
  }
  return reached;
}
