import { runNode, runTool } from './run-program.ts';

/** `npm run demo`: builds the packages, quietly where that succeeds, and runs the example. */
const build = runTool('nx', ['run-many', '-t', 'build', '--outputStyle=static-failures-only'], 'kept');
if (build.succeeded) {
  process.exitCode = runNode(['examples/openhands-home/main.ts'], 'shown').succeeded ? 0 : 1;
} else {
  console.error(build.output);
  process.exitCode = 1;
}
