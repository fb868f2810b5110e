/** A whole number from 1, of the command line. @throws {TypeError} For anything else. */
export function parseCount(option: string, text: string): number {
  if (!/^[1-9]\d{0,14}$/.test(text)) {
    throw new TypeError(`${option} is a whole number from 1, not ${JSON.stringify(text)}`);
  }
  return Number(text);
}
