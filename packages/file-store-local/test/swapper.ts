import { renameSync, symlinkSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';

/** Swaps a directory for a symbolic link and back, without end, as fast as it can; prints a line when it begins. */
const [root = '', name = '', outside = ''] = process.argv.slice(2);
const [directory, parked] = [join(root, name), join(root, 'parked')];
let swaps = 0;
process.stdout.write('swapping\n');
for (;;) {
  insist(() => renameSync(directory, parked));
  insist(() => symlinkSync(outside, directory));
  unlinkSync(directory);
  insist(() => renameSync(parked, directory));
}

/** In the gaps the store makes the directory anew: that one is put aside. */
function insist(action: () => void): void {
  for (;;) {
    try {
      action();
      return;
    } catch {
      swaps += 1;
      moveAside();
    }
  }
}

function moveAside(): void {
  try {
    renameSync(directory, join(root, `aside-${swaps}`));
  } catch {
    // It has gone again.
  }
}
