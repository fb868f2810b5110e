import { FileEventStore } from '@oh/event-store';
import { MemoryFileStore } from '@oh/file-store-core';

const events = new FileEventStore({ files: new MemoryFileStore(), conversationId: 'c1' });

// #region types
import { z } from 'zod';

const toolCallSchema = z.looseObject({ kind: z.literal('tool_call'), tool: z.string(), args: z.record(z.string(), z.unknown()) });

class ToolCall {
  readonly kind = 'tool_call';
  readonly tool: string;
  readonly args: Readonly<Record<string, unknown>>;

  constructor(tool: string, args: Readonly<Record<string, unknown>>) {
    this.tool = tool;
    this.args = args;
  }
}

await events.append({ ...new ToolCall('bash', { command: 'ls' }) }); // a plain object: its type has no other fields than JSON
for await (const event of events.search({ filter: { includeTypes: ['tool_call'] } })) {
  const { tool, args } = toolCallSchema.parse(event);
  console.log(event.id, tool, args);
}
// #endregion
