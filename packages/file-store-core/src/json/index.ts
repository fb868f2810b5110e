/**
 * JSON for records that are handed on: no digit is lost, whoever wrote the number.
 *
 * @packageDocumentation
 */
export { maxJsonDepth, parseJson } from './json-text.ts';
export { isJsonValue } from './json-value.ts';
export { isRawNumber, type RawNumber } from './raw-number.ts';
