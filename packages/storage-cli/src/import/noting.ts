/** Reads a file of the source with secrets, or lists a directory of such files. @param unread Gets its path when it cannot be read. */
export async function noting<T>(path: string, unread: Set<string>, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    unread.add(path);
    throw error;
  }
}
