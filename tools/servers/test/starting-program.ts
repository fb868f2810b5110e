import { fileURLToPath } from 'node:url';
import { startProgram } from '../src/start-program.ts';

/** A parent: starts the answering program, says so, and waits for its own end. */
const [port = '', folder = ''] = process.argv.slice(2);
const program = fileURLToPath(new URL('./answering-program.ts', import.meta.url));
await startProgram({ command: process.execPath, args: [program, port], folder, readyUrl: `http://127.0.0.1:${port}/` });
console.log('started');
