import { closeSync, linkSync, openSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { stampTime } from '../src/local-version.ts';

/** Removes a file and makes another in its place, as stores do, without end, as fast as it can; prints a line when it begins. */
const [directory = '', name = ''] = process.argv.slice(2);
const [file, fresh] = [join(directory, name), join(directory, 'fresh')];
process.stdout.write('replacing\n');
for (;;) {
  const fd = openSync(fresh, 'w');
  stampTime(fd);
  closeSync(fd);
  linkSync(fresh, file);
  unlinkSync(fresh);
  unlinkSync(file);
}
