import { expect, it } from 'vitest';
import { describeWithServer } from '../src/describe-with-server.ts';
import type { RunningServer, ServerSource } from '../src/running-server.ts';

/** A suite over a server that is not there; run by a test, not with the tests. */
const source: ServerSource<RunningServer> = {
  name: 'no server',
  optional: process.env['OPTIONAL'] === 'true',
  missing: () => 'it is not built: build it',
  start: () => Promise.reject(new Error('started although it is missing')),
};

describeWithServer(source, (server) => {
  it('first', () => expect(server()).toBeDefined());
  it('second', () => expect(server()).toBeDefined());
});
