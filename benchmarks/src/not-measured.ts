/** A row, or a side of one, cannot be measured here, as something is missing that belongs to the machine: a server, or another program. */
export class NotMeasuredError extends Error {
  override readonly name = 'NotMeasuredError';
}
