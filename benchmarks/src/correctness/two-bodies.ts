/** The bodies that a file is overwritten with in turn: each of one letter and of a length of its own. */
const bodies = [Buffer.alloc(64 * 1024, 'a'), Buffer.alloc(96 * 1024, 'b')] as const;

/** The body of the `number`th write. */
export function bodyOf(number: number): Buffer {
  return bodies[number % 2 === 0 ? 0 : 1];
}

/** Whether what was read is one of the bodies, whole. */
export function isWholeBody(contents: Uint8Array): boolean {
  return bodies.some((body) => body.equals(contents));
}
