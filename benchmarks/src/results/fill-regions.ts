/**
 * Replaces what stands between `<!-- benchmarks:NAME -->` and `<!-- /benchmarks:NAME -->` in a page; the rest stays as it is.
 *
 * @throws {Error} When a region has no place in the page, or the page has a place for something else.
 */
export function fillRegions(page: string, regions: ReadonlyMap<string, string>): string {
  const filled = new Set<string>();
  const result = page.replaceAll(
    /(<!-- benchmarks:([\w-]+) -->\n).*?(<!-- \/benchmarks:\2 -->)/gsu,
    (_, begin: string, name: string, end: string) => {
      const contents = regions.get(name);
      if (contents === undefined) {
        throw new Error(`the page has a place for ${JSON.stringify(name)}, which is not among the results`);
      }
      filled.add(name);
      return `${begin}\n${contents}\n${end}`;
    },
  );
  const missing = [...regions.keys()].filter((name) => !filled.has(name));
  if (missing.length > 0) {
    throw new Error(`the page has no place for ${missing.join(', ')}: add <!-- benchmarks:NAME --> and <!-- /benchmarks:NAME -->`);
  }
  return result;
}
