/** How many there are of something: `1 file`, `2 files`. @param noun What they are, as one is called. */
export function formatCount(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
