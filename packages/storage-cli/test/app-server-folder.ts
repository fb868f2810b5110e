import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { temporaryDirectory } from './temporary-directory.ts';

/**
 * The table as the migrations 001 to 014 of OpenHands 1.11.0 leave it in SQLite, from `sqlite_master` of a database that they have made.
 *
 * @see https://github.com/OpenHands/OpenHands openhands/app_server/app_lifespan/alembic/versions
 */
const currentSchema = `CREATE TABLE "conversation_metadata" (
  conversation_id VARCHAR NOT NULL, user_id VARCHAR, selected_repository VARCHAR, selected_branch VARCHAR, git_provider VARCHAR, title VARCHAR,
  last_updated_at DATETIME, created_at DATETIME, "trigger" VARCHAR, pr_number JSON, accumulated_cost FLOAT, prompt_tokens INTEGER,
  completion_tokens INTEGER, total_tokens INTEGER, max_budget_per_task FLOAT, cache_read_tokens INTEGER, cache_write_tokens INTEGER,
  reasoning_tokens INTEGER, context_window INTEGER, per_turn_token INTEGER, llm_model VARCHAR, conversation_version VARCHAR NOT NULL,
  sandbox_id VARCHAR, parent_conversation_id VARCHAR, public BOOLEAN, tags JSON, agent_kind VARCHAR, execution_status VARCHAR,
  PRIMARY KEY (conversation_id)
);
CREATE INDEX ix_conversation_metadata_conversation_version ON conversation_metadata (conversation_version)`;

/** The same after migration 001 alone, as OpenHands 0.62 has it. */
export const firstSchema = `CREATE TABLE conversation_metadata (
  conversation_id VARCHAR NOT NULL, github_user_id VARCHAR, user_id VARCHAR NOT NULL, selected_repository VARCHAR, selected_branch VARCHAR,
  git_provider VARCHAR, title VARCHAR, last_updated_at DATETIME, created_at DATETIME, "trigger" VARCHAR, pr_number JSON, accumulated_cost FLOAT,
  prompt_tokens INTEGER, completion_tokens INTEGER, total_tokens INTEGER, max_budget_per_task FLOAT, cache_read_tokens INTEGER,
  cache_write_tokens INTEGER, reasoning_tokens INTEGER, context_window INTEGER, per_turn_token INTEGER, llm_model VARCHAR,
  conversation_version VARCHAR NOT NULL, sandbox_id VARCHAR, PRIMARY KEY (conversation_id)
)`;

type Value = string | number | bigint | Uint8Array | null;

/** A data folder as OpenHands 1.x writes it. */
export class AppServerFolder {
  readonly path: string;
  readonly database: string;

  private constructor(path: string) {
    this.path = path;
    this.database = join(path, 'openhands.db');
  }

  static async make(schema: string = currentSchema): Promise<AppServerFolder> {
    const folder = new AppServerFolder(await temporaryDirectory());
    folder.execute(schema);
    return folder;
  }

  execute(sql: string): void {
    const database = new DatabaseSync(this.database, { timeout: 0 });
    try {
      database.exec(sql);
    } finally {
      database.close();
    }
  }

  /** Puts a row, as SQLAlchemy does. @param id Without dashes. */
  put(id: string, columns: Readonly<Record<string, Value>> = {}): void {
    const row = {
      created_at: '2026-07-01 10:00:00.123456',
      last_updated_at: '2026-07-01 11:00:00',
      conversation_version: 'V1',
      ...columns,
    };
    const all = { conversation_id: withDashes(id), ...row };
    const database = new DatabaseSync(this.database, { timeout: 0 });
    try {
      const names = Object.keys(all).map((name) => `"${name}"`);
      const places = names.map(() => '?');
      database
        .prepare(`INSERT OR REPLACE INTO conversation_metadata (${names.join(', ')}) VALUES (${places.join(', ')})`)
        .run(...Object.values(all));
    } finally {
      database.close();
    }
  }

  /** Stores an event. @param parent The directory that `v1_conversations` is in. */
  async event(conversation: string, id: string, fields: object, parent = ''): Promise<void> {
    const event = { id: withDashes(id), source: 'user', kind: 'MessageEvent', ...fields };
    await this.file(join(parent, 'v1_conversations', conversation, `${id}.json`), JSON.stringify(event, null, 2));
  }

  async file(path: string, text: string): Promise<void> {
    await mkdir(dirname(join(this.path, path)), { recursive: true });
    await writeFile(join(this.path, path), text);
  }
}

/** 32 times the same digit. */
export function idOf(digit: string): string {
  return digit.repeat(32);
}

export function withDashes(id: string): string {
  return id.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}
