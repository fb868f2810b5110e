/** What stands for a secret wherever it is shown; OpenHands prints the same. */
export const mask = '**********';

/** The masks that OpenHands and its SDK put in the place of secrets. */
const masks: ReadonlySet<string> = new Set([mask, '<secret_hidden>', '<secret-hidden>']);

/** Whether a text is a mask, which is never the value of a secret. */
export function isMask(text: string): boolean {
  return masks.has(text);
}
