import { expect, it } from 'vitest';
import { openOn } from './told-server.ts';

it.each([
  ['no continuation token', ''],
  ['the same continuation token again', '<NextContinuationToken>token</NextContinuationToken>'],
])('does not list for ever, or half, where the server gives %s', async (what, token) => {
  const page = `<ListBucketResult><IsTruncated>true</IsTruncated>${token}<Contents><Key>a</Key><Size>1</Size><ETag>"e"</ETag></Contents></ListBucketResult>`;
  const { store, arrived } = await openOn((response) => response.end(page));
  await expect(store.list('')).rejects.toMatchObject({ code: 'unsupported', message: expect.stringContaining(what) });
  expect(arrived.length).toBeLessThanOrEqual(2);
});
