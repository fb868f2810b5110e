/** Runs programs in a pseudo-terminal and types into it. */
export { runInTerminal, type TerminalResult, type TerminalRun, terminalMissing } from './run-in-terminal.ts';
