import type { AbortOptions } from '@oh/file-store-core';
import type { Settings, SettingsInput } from './settings.ts';
import type { SettingOrigin } from './settings-layer.ts';

/** Where the value of a field comes from. */
export interface SettingExplanation {
  /** The field. */
  readonly field: string;
  /** The value that counts, as in the settings: a key shows a mask. */
  readonly value: unknown;
  /** The origin that counts first, then those it hides, none for a field that nobody knows; the MCP servers of the configuration and the stored ones count both. */
  readonly origins: readonly SettingOrigin[];
}

/** Keeps the settings of one user or installation. */
export interface SettingsStore<S extends Settings = Settings, I extends SettingsInput = SettingsInput> {
  /**
   * The settings that count: defaults, what is stored, and what is given from outside.
   *
   * @returns null when nothing is stored and nothing given from outside.
   */
  load(options?: AbortOptions): Promise<S | null>;
  /**
   * Stores settings; fields that are left out keep their value. Settings that {@link load} gave may be changed and stored: what comes from
   * outside, or is a default, is not stored with them.
   *
   * @returns The settings that then count.
   */
  store(settings: I, options?: AbortOptions): Promise<S>;
  /**
   * Changes what is stored by compare-and-set: no update of another caller, on whatever machine, is lost.
   *
   * @param change Gets what is stored, over the defaults, and returns the settings or the changed fields of them. It is called again when
   *   somebody else was faster, so it should do nothing else.
   * @returns The settings that then count.
   */
  update(change: (stored: S) => I | Promise<I>, options?: AbortOptions): Promise<S>;
  /** Tells where the value of a field comes from. */
  explain(field: string, options?: AbortOptions): Promise<SettingExplanation>;
}
