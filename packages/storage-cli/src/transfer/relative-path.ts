/** The path of an entry from the directory it was listed in, which may be the root `''`. */
export function relativePath(path: string, directory: string): string {
  return directory === '' ? path : path.slice(directory.length + 1);
}
