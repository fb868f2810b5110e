import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, vi } from 'vitest';
import { freePort } from '../src/server-process.ts';
import { type Program, startProgram } from '../src/start-program.ts';
import { makeTemporaryFolder, removeFolder } from '../src/temporary-folder.ts';

const answeringProgram = fileURLToPath(new URL('./answering-program.ts', import.meta.url));
const startingProgram = fileURLToPath(new URL('./starting-program.ts', import.meta.url));

async function answering(): Promise<Program> {
  const port = await freePort();
  const folder = await makeTemporaryFolder('test');
  return { command: process.execPath, args: [answeringProgram, `${port}`], folder, readyUrl: `http://127.0.0.1:${port}/` };
}

describe('startProgram', () => {
  it('resolves when the program answers; stopping ends it and removes its folder', async () => {
    const program = await answering();
    const stop = await startProgram(program);
    expect(await (await fetch(program.readyUrl)).text()).toBe('here');
    expect(existsSync(program.folder)).toBe(true);
    await stop();
    await expect(fetch(program.readyUrl)).rejects.toThrow('fetch failed');
    expect(existsSync(program.folder)).toBe(false);
  });

  it('tells what a program said that ended instead of answering, and removes its folder', async () => {
    const program: Program = { ...(await answering()), args: ['-e', 'console.error("no disk"); process.exit(3)'] };
    await expect(startProgram(program)).rejects.toThrow(/does not answer at http.*: no disk$/);
    expect(existsSync(program.folder)).toBe(false);
  });

  it('tells of a program that is not there', async () => {
    const program: Program = { ...(await answering()), command: '/nowhere/server', args: [] };
    await expect(startProgram(program)).rejects.toThrow('spawn /nowhere/server ENOENT');
  });

  it('kills the program when its parent is killed, which cannot do anything about it', async () => {
    const { folder, readyUrl } = await answering();
    const { port } = new URL(readyUrl);
    const parent = spawn(process.execPath, [startingProgram, port, folder], { stdio: ['ignore', 'pipe', 'inherit'] });
    await once(parent.stdout, 'data');
    expect((await fetch(readyUrl)).status).toBe(200);
    parent.kill('SIGKILL');
    await vi.waitFor(() => expect(fetch(readyUrl)).rejects.toThrow('fetch failed'), { timeout: 10_000 });
    await removeFolder(folder);
  });
});
