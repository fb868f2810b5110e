import { describe, expect, it } from 'vitest';
import { conversationStatuses, isStatusTransition } from '../src/conversation-status.ts';

describe('the states of a conversation', () => {
  it('follow each other', () => {
    const allowed = conversationStatuses.flatMap((from) =>
      conversationStatuses.filter((to) => from !== to && isStatusTransition(from, to)).map((to) => `${from} ${to}`),
    );
    expect(allowed).toEqual([
      'STARTING RUNNING',
      'STARTING STOPPED',
      'STARTING ARCHIVED',
      'STARTING ERROR',
      'RUNNING STOPPED',
      'RUNNING ARCHIVED',
      'RUNNING ERROR',
      'STOPPED STARTING',
      'STOPPED ARCHIVED',
      'STOPPED ERROR',
      'ERROR STARTING',
      'ERROR STOPPED',
      'ERROR ARCHIVED',
    ]);
  });

  it('may stay', () => {
    expect(conversationStatuses.every((status) => isStatusTransition(status, status))).toBe(true);
  });
});
