/**
 * Why a listing leaves something out.
 *
 * - `kind`: it is a symbolic link or a special file.
 * - `name`: it is a file or a directory that no path leads to: its name has control characters or bytes that are not UTF-8, or the path would have more than 1,024
 *   bytes.
 */
export type LeftOutReason = 'kind' | 'name';
