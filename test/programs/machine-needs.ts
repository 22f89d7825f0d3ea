import { existsSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { MachineNeed } from './subject.ts';

/** Debian packages of the needs that this machine does not meet. */
export function missingNeeds(needs: readonly MachineNeed[], searchPath: string): readonly string[] {
  return needs.filter(({ present }) => !isPresent(present, searchPath)).map(({ debian }) => debian);
}

function isPresent(present: string, searchPath: string): boolean {
  if (!present.startsWith('/')) return searchPath.split(':').some((directory) => existsSync(join(directory, present)));
  return existsSync(present) || matches(present);
}

/** One `*` in a directory's name is enough here. */
function matches(pattern: string): boolean {
  const star = pattern.indexOf('*');
  if (star < 0) return false;
  const directory = dirname(pattern.slice(0, star + 1));
  const prefix = pattern.slice(directory.length + 1, star);
  const rest = pattern.slice(star + 1);
  return (
    existsSync(directory) && readdirSync(directory).some((name) => name.startsWith(prefix) && existsSync(`${directory}/${name}${rest}`))
  );
}
