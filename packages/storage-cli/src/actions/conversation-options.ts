/** Options that every command on conversations has. */
export interface ConversationOptions {
  /** Where the conversations lie. */
  readonly store: string;
  /** How they lie there. Default: found out. */
  readonly layout?: 'home' | 'sessions' | undefined;
  /** Whose conversations. Default: nobody's in particular. */
  readonly user?: string | undefined;
  /** For scripts. */
  readonly json?: boolean | undefined;
}
