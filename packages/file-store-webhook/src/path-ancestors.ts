/** The directories that a path lies in, from the outermost; the root is not among them. */
export function ancestorsOf(path: string): readonly string[] {
  const ancestors: string[] = [];
  for (let end = path.indexOf('/'); end !== -1; end = path.indexOf('/', end + 1)) {
    ancestors.push(path.slice(0, end));
  }
  return ancestors;
}
