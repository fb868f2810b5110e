import { expect, it } from 'vitest';
import { homeLayout, parseId, sessionsLayout } from '../src/index.ts';

it('puts new data below conversations, and below a user', () => {
  expect(homeLayout.conversations()).toBe('conversations');
  expect(homeLayout.conversationMetadata('c1')).toBe('conversations/c1/metadata.json');
  expect(homeLayout.conversationMetadata('c1', 'u1')).toBe('users/u1/conversations/c1/metadata.json');
  expect(homeLayout.conversationDirectories('c1', 'u1')).toEqual(['users/u1/conversations/c1']);
});

it('finds metadata below sessions and the events of a user below users, as OpenHands writes them', () => {
  expect(sessionsLayout.conversations('u1')).toBe('sessions');
  expect(sessionsLayout.conversationMetadata('c1', 'u1')).toBe('sessions/c1/metadata.json');
  expect(sessionsLayout.conversationDirectories('c1')).toEqual(['sessions/c1']);
  expect(sessionsLayout.conversationDirectories('c1', 'u1')).toEqual(['users/u1/conversations/c1', 'sessions/c1']);
});

it('keeps an index for each user, and tombstones where the records are', () => {
  for (const layout of [homeLayout, sessionsLayout]) {
    expect(layout.conversationIndex()).toBe('.oh-conversations/index');
    expect(layout.conversationIndex('u1')).toBe('users/u1/.oh-conversations/index');
    expect(layout.conversationTombstone('c1')).toBe('.oh-conversations/deleted/c1');
  }
  expect(homeLayout.conversationTombstone('c1', 'u1')).toBe('users/u1/.oh-conversations/deleted/c1');
  expect(sessionsLayout.conversationTombstone('c1', 'u1')).toBe('.oh-conversations/deleted/c1');
});

it('keeps the events of a conversation in one file, or each in its own as OpenHands does', () => {
  expect(homeLayout.eventLog('c1')).toBe('conversations/c1/events.json');
  expect(homeLayout.eventLog('c1', 'u1')).toBe('users/u1/conversations/c1/events.json');
  expect(homeLayout.eventDirectory('c1', 'u1')).toBe('users/u1/conversations/c1/events');
  expect(sessionsLayout.eventLog('c1')).toBeUndefined();
  expect(sessionsLayout.eventDirectory('c1')).toBe('sessions/c1/events');
  expect(sessionsLayout.eventDirectory('c1', 'u1')).toBe('users/u1/conversations/c1/events');
  expect(() => sessionsLayout.eventDirectory('../c1')).toThrow('[invalid-argument] the conversation id "../c1" is not valid');
  expect(() => homeLayout.eventLog('c1', '../u1')).toThrow('[invalid-argument] the user id "../u1" is not valid');
});

it.each([homeLayout, sessionsLayout])('puts settings at the root, and below a user: $name', (layout) => {
  expect(layout.settings()).toBe('settings.json');
  expect(layout.settings('u1')).toBe('users/u1/settings.json');
  expect(() => layout.settings('../u1')).toThrow('[invalid-argument] the user id "../u1" is not valid');
});

it.each([homeLayout, sessionsLayout])('puts encrypted secrets into a directory, beside the file of OpenHands: $name', (layout) => {
  expect(layout.secrets()).toBe('secrets');
  expect(layout.secrets('u1')).toBe('users/u1/secrets');
  expect(layout.openHandsSecrets()).toBe('secrets.json');
  expect(layout.openHandsSecrets('u1')).toBe('users/u1/secrets.json');
  expect(layout.secrets('u1').startsWith(`${layout.users}/u1/`)).toBe(true);
  expect(() => layout.secrets('../u1')).toThrow('[invalid-argument] the user id "../u1" is not valid');
  expect(() => layout.openHandsSecrets('../u1')).toThrow('[invalid-argument] the user id "../u1" is not valid');
});

it('refuses ids that could become another path', () => {
  for (const id of ['a', 'A-b_c.9', '_x', 'x'.repeat(128)]) {
    expect(parseId(id, 'user')).toBe(id);
  }
  for (const id of ['', '.', '..', '../x', 'a/b', '.hidden', 'a b', 'é', 'a\n', 'x'.repeat(129), undefined as never, 5 as never]) {
    expect(() => parseId(id, 'conversation')).toThrow(/^\[invalid-argument\] the conversation id .* is not valid/s);
    expect(() => homeLayout.conversationMetadata(id)).toThrow('[invalid-argument]');
    expect(() => sessionsLayout.conversationDirectories(id)).toThrow('[invalid-argument]');
    expect(() => homeLayout.conversationTombstone(id)).toThrow('[invalid-argument]');
    expect(() => sessionsLayout.conversationTombstone(id)).toThrow('[invalid-argument]');
    if (id !== undefined) {
      expect(() => homeLayout.conversations(id)).toThrow('[invalid-argument] the user id');
      expect(() => sessionsLayout.conversationDirectories('c1', id)).toThrow('[invalid-argument] the user id');
    }
  }
});
