/** What a row is measured with. */
export interface RowContext {
  /** An empty directory on the measured file system; the row leaves it empty or not, as it likes. */
  readonly directory: string;
  /** Seconds per side of a row that counts operations. */
  readonly seconds: number;
  /** Whether the run is the long one, with larger files and more of them. */
  readonly full: boolean;
  /** Ends the measurement. */
  readonly signal: AbortSignal;
  /** Says what is being measured. */
  readonly onProgress: (text: string) => void;
}
