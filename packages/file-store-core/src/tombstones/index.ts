/**
 * The files that say which conversations were deleted, for what keeps something of a conversation.
 *
 * @packageDocumentation
 */
export { hasTombstone } from './has-tombstone.ts';
export { type Removal, type Tombstone, TombstoneFile } from './tombstone-file.ts';
