/**
 * Calls `action` for all items, so many at once. After a failure no further one is begun.
 *
 * @throws The first failure, when those under way have ended.
 */
export async function forEachAtOnce<T>(items: readonly T[], width: number, action: (item: T) => Promise<unknown>): Promise<void> {
  const remaining = items[Symbol.iterator]();
  let failure: { readonly error: unknown } | undefined;
  const work = async (): Promise<void> => {
    for (const item of remaining) {
      if (failure !== undefined) {
        return;
      }
      try {
        await action(item);
      } catch (error) {
        failure ??= { error };
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(width, items.length) }, work));
  if (failure !== undefined) {
    throw failure.error;
  }
}
