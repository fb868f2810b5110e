/**
 * JSON for records that are handed on: no digit is lost, whoever wrote the number.
 *
 * @packageDocumentation
 */
export { toFloatText } from './float-text.ts';
export { maxJsonDepth, parseJson } from './json-text.ts';
export { isJsonValue, withoutUndefined } from './json-value.ts';
export { parseLaxBoolean, parseLaxFloat, parseLaxInteger } from './lax-scalar.ts';
export { isRawNumber, type RawNumber, rawNumber } from './raw-number.ts';
