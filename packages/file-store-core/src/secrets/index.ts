/**
 * Secrets in memory: a text that is not printed by accident, the masks that stand for one, and where one is found in other texts.
 *
 * @packageDocumentation
 */
export { isMask, mask } from './mask.ts';
export { replaceStrings } from './replace-strings.ts';
export { type Exposable, isExposable, Secret } from './secret.ts';
export { secretForms, secretPattern } from './secret-forms.ts';
