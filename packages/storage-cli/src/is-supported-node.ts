/** The oldest Node.js that the packages run on, as `engines` in package.json says. */
export const oldestNode = '22.19';

/** Whether a version of Node.js, such as `24.1.0`, is {@link oldestNode} or later. */
export function isSupportedNode(version: string): boolean {
  return version.localeCompare(oldestNode, 'en', { numeric: true }) >= 0;
}
