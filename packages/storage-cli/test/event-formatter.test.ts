import { expect, test } from 'vitest';
import { eventFormatter } from '../src/actions/event-formatter.ts';
import type { CliIo } from '../src/cli-io.ts';

test.each([
  [90, 14],
  [40, 9],
  [undefined, 99],
])('what an event says is shortened to a terminal of %s columns, but not below 20', async (columns, characters) => {
  const format = await eventFormatter({ json: false, io: { columns } as CliIo });
  const event = { id: 7, timestamp: '2025-06-12T09:30:11Z', source: 'user', action: 'message', message: '字'.repeat(120) };
  expect(format(event)).toBe(`     7  2025-06-12T09:30:11Z  user         message           ${'字'.repeat(characters)}…\n`);
});
