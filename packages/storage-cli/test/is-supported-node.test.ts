import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { isSupportedNode, oldestNode } from '../src/is-supported-node.ts';

test('the oldest Node.js is the one of package.json', () => {
  const { engines } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
  expect(engines.node).toBe(`>=${oldestNode}`);
});

test.each([
  ['20.20.2', false],
  ['22.9.0', false],
  ['22.18.9', false],
  ['9.9.9', false],
  ['22.19.0', true],
  ['22.20.1', true],
  ['24.0.0', true],
  ['100.0.0-pre', true],
] as const)('Node.js %s: %s', (version, supported) => {
  expect(isSupportedNode(version)).toBe(supported);
});
