import { cpSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { LocalFileStore } from '@oh/file-store-local';
import { makeText } from './scenario.ts';

/** The file that the living neighbour writes. */
export const neighbourPath = 'neighbour';

const text = makeText('neighbour', 3_000);

/** A store of this process that is in the midst of writing a file to a root, and so has a session and a temporary file there. */
export class Neighbour {
  readonly #store: LocalFileStore;
  readonly #writing: Promise<unknown>;
  readonly #goOn: () => void;

  private constructor(store: LocalFileStore, writing: Promise<unknown>, goOn: () => void) {
    this.#store = store;
    this.#writing = writing;
    this.#goOn = goOn;
  }

  /** Resolves when the first half is written. */
  static async start(root: string): Promise<Neighbour> {
    const half = Promise.withResolvers<void>();
    const rest = Promise.withResolvers<void>();
    async function* contents(): AsyncGenerator<Uint8Array> {
      yield Buffer.from(text.slice(0, 1_000));
      half.resolve();
      await rest.promise;
      yield Buffer.from(text.slice(1_000));
    }
    const store = new LocalFileStore({ root, durability: 'atomic' });
    const writing = store.write(neighbourPath, contents());
    await Promise.race([half.promise, writing]);
    return new Neighbour(store, writing, rest.resolve);
  }

  /** Writes the rest and closes. @returns What it could not do; nothing as it should be. */
  async finish(): Promise<readonly string[]> {
    this.#goOn();
    try {
      await this.#writing;
      const isWhole = (await this.#store.read(neighbourPath)) === text;
      await this.#store.close();
      return isWhole ? [] : ['what another store wrote meanwhile is torn'];
    } catch (error) {
      return [`another store fails: ${error instanceof Error ? error.message : String(error)}`];
    }
  }
}

/** Puts into `root` what a store leaves that dies while it writes. @param scratch A directory that is not there. */
export async function leaveRemains(root: string, scratch: string): Promise<void> {
  const neighbour = await Neighbour.start(scratch);
  cpSync(join(scratch, '.oh-tmp'), join(root, '.oh-tmp'), { recursive: true });
  await neighbour.finish();
  rmSync(scratch, { recursive: true });
}
