/** What stands for a secret wherever it is shown; OpenHands prints the same. */
export const mask = '**********';

/** The masks that OpenHands and its SDK put in the place of secrets, and what Python and `util.inspect` print for a value that is masked. */
const masks = /^(?:\*{10}|<secret[-_]hidden>|Secret(?:Str)?\('?\*{10}'?\))$/;

/** Whether a text is a mask, which says "unchanged" and is never the value of a secret; white space around it counts for nothing. */
export function isMask(text: string): boolean {
  return masks.test(text.trim());
}
