/** The oldest Node.js that the packages run on, as `engines` in package.json says. */
export const oldestNode = '22.19';

/** Whether a version of Node.js, such as `24.1.0`, is {@link oldestNode} or later. */
export function isSupportedNode(version: string): boolean {
  const [oldestMajor = 0, oldestMinor = 0] = numbersOf(oldestNode);
  const [major = 0, minor = 0] = numbersOf(version);
  return major > oldestMajor || (major === oldestMajor && minor >= oldestMinor);
}

function numbersOf(version: string): readonly number[] {
  return version.split('.').map(Number);
}
