import { distance } from 'fastest-levenshtein';

/** The end of an error about an unknown word: `; did you mean "..."?` where at most two characters of a known one differ, whatever their case, else `''`. */
export function suggest(word: string, known: readonly string[]): string {
  const far = (name: string): number => distance(word.toLowerCase(), name.toLowerCase());
  const [nearest] = known.toSorted((one, other) => far(one) - far(other));
  return nearest !== undefined && far(nearest) <= 2 ? `; did you mean ${JSON.stringify(nearest)}?` : '';
}
