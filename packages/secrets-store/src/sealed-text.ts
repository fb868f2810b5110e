/** A text to seal. */
export interface PlainText {
  readonly text: string;
  /** The place that it is sealed for, see `Sealer`. */
  readonly context: readonly string[];
}

/** A text to open. */
export interface SealedText {
  readonly sealed: string;
  readonly context: readonly string[];
  /** What it is, for the message of an error. Default: its context. */
  readonly label?: string | undefined;
  /** The file it lies in, for the error. Default: none. */
  readonly path?: string | undefined;
}
