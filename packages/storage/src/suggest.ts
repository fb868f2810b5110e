import { closest, distance } from 'fastest-levenshtein';

/** The end of an error about an unknown word: `; did you mean "..."?` where at most two characters of a known one differ, else `''`. */
export function suggest(word: string, known: readonly string[]): string {
  const nearest = known.length === 0 ? undefined : closest(word, [...known]);
  return nearest !== undefined && distance(word, nearest) <= 2 ? `; did you mean ${JSON.stringify(nearest)}?` : '';
}
