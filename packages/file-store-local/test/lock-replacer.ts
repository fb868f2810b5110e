import { linkSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Removes a file and makes another in its place, without end, as fast as it can; prints a line when it begins. */
const [directory = '', name = ''] = process.argv.slice(2);
const [file, fresh] = [join(directory, name), join(directory, 'fresh')];
process.stdout.write('replacing\n');
for (;;) {
  writeFileSync(fresh, '');
  linkSync(fresh, file);
  unlinkSync(fresh);
  unlinkSync(file);
}
