/** What an id looks like: it is part of what is signed, where a `.` separates, and of names in an outbox. */
export const idPattern: RegExp = /^[\w-]{1,128}$/;

/** Gives ids of notices, each checked. @throws {TypeError} For one that is none, when it is given. */
export function checkedIds(newId: () => string): () => string {
  return () => {
    const id = newId();
    if (!idPattern.test(id)) {
      throw new TypeError('newId gives 1 to 128 letters, digits, "-" and "_"');
    }
    return id;
  };
}
