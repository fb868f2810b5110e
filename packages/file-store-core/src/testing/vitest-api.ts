type VitestApi = Pick<typeof import('vitest'), 'describe' | 'it'>;

/** Workers of the kit, and tests of other runners, use what needs no vitest: there it is missing, or refuses to be imported. */
const loaded = await import('vitest').then(
  ({ describe, it }): VitestApi => ({ describe, it }),
  (error: unknown) => ({ error }),
);

/** What declares suites. @throws What importing vitest has thrown, where it cannot be had. */
export function vitestApi(): VitestApi {
  if ('error' in loaded) {
    throw loaded.error;
  }
  return loaded;
}
