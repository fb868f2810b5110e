import { mkdir, writeFile } from 'node:fs/promises';

await mkdir('data');
await writeFile('data/file', 'x');

// #region program
import { runCli } from '@oh/storage-cli';

const { stdin, stdout, stderr, env } = process;
const exitCode = await runCli(['ls', 'local:data'], { stdin, stdout, stderr, env, cwd: process.cwd() });
// #endregion

process.exitCode = exitCode;
