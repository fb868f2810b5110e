/** Does something with each of several, one after the other. One that fails does not stop the others. @throws {AggregateError} Of all that failed. */
export async function doEach<T>(items: readonly T[], action: (item: T) => Promise<void>): Promise<void> {
  const errors: unknown[] = [];
  for (const item of items) {
    try {
      await action(item);
    } catch (error) {
      errors.push(error);
    }
  }
  if (errors.length > 0) {
    throw new AggregateError(errors);
  }
}
