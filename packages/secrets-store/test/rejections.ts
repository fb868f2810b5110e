import { expect } from 'vitest';

/** Why each of the promises was rejected; one that was not is a failure of the test. */
export async function rejections(promises: readonly Promise<unknown>[]): Promise<unknown[]> {
  const results = await Promise.allSettled(promises);
  expect(results.map(({ status }) => status)).toEqual(promises.map(() => 'rejected'));
  return results.map((result) => (result.status === 'rejected' ? result.reason : undefined));
}
