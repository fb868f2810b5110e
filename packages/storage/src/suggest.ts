import { closest, distance } from 'fastest-levenshtein';

/** `; did you mean "..."?` where one of the known words is near, else nothing. */
export function suggest(word: string, known: readonly string[]): string {
  const nearest = known.length === 0 ? undefined : closest(word, [...known]);
  return nearest !== undefined && distance(word, nearest) <= 2 ? `; did you mean ${JSON.stringify(nearest)}?` : '';
}
