import { afterAll, beforeAll, describe, it } from 'vitest';
import type { RunningServer, ServerSource } from './running-server.ts';

/** How long a server may take to start, in milliseconds. */
const startWithinMs = 90_000;

/**
 * Declares a suite of tests over a real server, which starts before the first of them and stops after the last.
 *
 * Where the server is missing, the tests are skipped and the suite's name says why; in CI (`CI=true`) the suite fails instead,
 * unless the server is optional.
 *
 * @param declare Declares the tests. They get the server by calling `server`, not before they run.
 */
export function describeWithServer<S extends RunningServer>(source: ServerSource<S>, declare: (server: () => S) => void): void {
  const missing = source.missing();
  if (missing === undefined) {
    describe(source.name, () => declareOver(source, declare));
  } else if (process.env['CI'] === 'true' && !source.optional) {
    describe(source.name, () => {
      it('is here', () => {
        throw new Error(missing);
      });
    });
  } else {
    describe.skip(`${source.name} (skipped: ${missing})`, () => declareOver(source, declare));
  }
}

function declareOver<S extends RunningServer>(source: ServerSource<S>, declare: (server: () => S) => void): void {
  let running: S | undefined;
  beforeAll(async () => {
    running = await source.start();
  }, startWithinMs);
  afterAll(async () => {
    await running?.stop();
  });
  declare(() => {
    if (running === undefined) {
      throw new Error(`${source.name} is asked for before the first test runs`);
    }
    return running;
  });
}
