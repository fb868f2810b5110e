/** Calls `run` with each value, `inFlight` of them at a time: who is done takes the next one. Ends with the first failure. */
export async function runConcurrently<T>(inFlight: number, values: Iterable<T>, run: (value: T) => unknown): Promise<void> {
  const iterator = values[Symbol.iterator]();
  const runner = async (): Promise<void> => {
    for (let next = iterator.next(); next.done !== true; next = iterator.next()) {
      await run(next.value);
    }
  };
  await Promise.all(Array.from({ length: inFlight }, runner));
}
