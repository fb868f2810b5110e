/** Closes one after the other, each also when one before it fails; what has no `close` has nothing to close. @throws The first failure. */
export async function closeInOrder(stores: readonly object[]): Promise<void> {
  const failures: unknown[] = [];
  for (const store of stores) {
    try {
      await (store as { readonly close?: () => Promise<void> }).close?.();
    } catch (error) {
      failures.push(error);
    }
  }
  if (failures.length > 0) {
    throw failures[0];
  }
}
