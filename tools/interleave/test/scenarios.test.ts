import { expect, it } from 'vitest';
import { explore } from '../src/explore.ts';
import { scenarios } from '../src/scenarios.ts';

it.each(scenarios)('keeps every promise: $name', async (scenario) => {
  const { violation } = await explore(scenario);
  expect(violation, violation).toBeUndefined();
});
