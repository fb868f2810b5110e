import type { FileStore } from '../file-store.ts';
import { findCounterexample } from './model/find-counterexample.ts';
import { generateCommands } from './model/generate-commands.ts';
import { SeededRandom } from './model/seeded-random.ts';
import { vitestApi } from './vitest-api.ts';

/** Where the seed comes from when somebody wants to see a failure again. */
const seedVariable = 'FILE_STORE_MODEL_SEED';

/** Commands that one store gets. */
const runLength = 100;

/** What {@link describeFileStoreModel} runs. */
export interface DescribeFileStoreModelOptions {
  /** Opens a fresh, empty store; the kit closes it. */
  readonly open: () => FileStore | Promise<FileStore>;
  /**
   * Whether the server beneath lists nothing of what lies below a file: a fault that a store cannot mend. The kit then lists no file beside
   * a directory of its name. Default: false.
   */
  readonly hidesBelowFiles?: boolean | undefined;
  /** How many commands in all; every hundred get a store of their own. Default: 10,000. */
  readonly commands?: number | undefined;
  /** What the commands follow from, unless the environment says so in `FILE_STORE_MODEL_SEED`. Default: 1. */
  readonly seed?: number | undefined;
  /** Time-out in milliseconds. Default: 120,000. */
  readonly timeoutMs?: number | undefined;
}

/**
 * Declares a test that runs random commands on a store and on a small reference of its contract, and compares all they show.
 *
 * A failure names the seed and the fewest commands that lead to it.
 */
export function describeFileStoreModel(name: string, options: DescribeFileStoreModelOptions): void {
  const { open, hidesBelowFiles = false, commands = 10_000, timeoutMs = 120_000 } = options;
  const seed = Number(process.env[seedVariable] ?? options.seed ?? 1);
  const { describe, it } = vitestApi();
  describe(name, () => {
    it(`does what the reference does, in ${commands} random commands`, { timeout: timeoutMs }, async () => {
      const random = new SeededRandom(seed);
      for (let done = 0; done < commands; done += runLength) {
        const found = await findCounterexample(open, generateCommands(random, Math.min(runLength, commands - done)), hidesBelowFiles);
        if (found !== undefined) {
          const { difference } = found;
          const lines = found.commands.map((command) => `  ${JSON.stringify(command)}`).join('\n');
          const reason = difference instanceof Error ? difference.message : String(difference);
          throw new Error(`${reason}\nafter these commands (${seedVariable}=${seed}):\n${lines}`, { cause: difference });
        }
      }
    });
  });
}
