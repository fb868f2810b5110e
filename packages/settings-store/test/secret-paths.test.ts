import { describe, expect, it } from 'vitest';
import { secretPatterns } from '../src/secret-paths.ts';

describe('the patterns of keys', () => {
  it('are made once for all stores without paths of their own: a server has a store for each user', () => {
    expect(secretPatterns([])).toBe(secretPatterns([]));
  });

  it('are besides those of the paths that a store has', () => {
    const patterns = secretPatterns(['my_field.*.token']);
    expect(patterns.get('my_field')).toEqual([['*', 'token']]);
    expect(patterns.get('llm_api_key')).toEqual([[]]);
    expect(secretPatterns([]).has('my_field')).toBe(false);
  });
});
