/** The parser of an option that may be repeated. @returns All values so far, in their order. */
export function collect(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value];
}
