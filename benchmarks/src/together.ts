/** Does something with each number below `count`, `inFlight` at once. */
export async function together(inFlight: number, count: number, action: (number: number) => Promise<unknown>): Promise<void> {
  const numbers = Array.from({ length: count }, (_, number) => number).values();
  const runner = async (): Promise<void> => {
    for (const number of numbers) {
      await action(number);
    }
  };
  await Promise.all(Array.from({ length: inFlight }, runner));
}
