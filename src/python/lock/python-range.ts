import { basename, dirname } from 'node:path';
import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import type { Project } from '../project/project.ts';
import { parseSpecifiers, satisfies } from '../version/specifier.ts';
import { parseVersion } from '../version/version.ts';
import type { UvLock } from './lock.ts';
import { pythonsAround } from './sample-environments.ts';

/** The lock must be for exactly the Pythons that all of its members are for: compared by meaning. F0927. */
export function requiresPythonDifference(lock: UvLock, members: readonly Project[]): Diagnostic | undefined {
  const declaring = members.filter(({ metadata }) => metadata?.requiresPython !== undefined);
  if (declaring.length === 0 || lock.requiresPython === undefined) return undefined;
  const texts = declaring.map(({ metadata }) => metadata?.requiresPython ?? '');
  const sets = texts.flatMap((text) => parseSpecifiers(text) ?? []);
  const locked = parseSpecifiers(lock.requiresPython);
  if (locked === undefined || sets.length < texts.length) return undefined;
  const differs = pythonsAround([...texts, lock.requiresPython], undefined).some((text) => {
    const version = parseVersion(text);
    return version !== undefined && sets.every((set) => satisfies(set, version)) !== satisfies(locked, version);
  });
  const [first] = declaring;
  if (!differs || first === undefined) return undefined;
  return {
    code: 'F0927',
    severity: 'error',
    blame: 'input',
    message: `\`${lock.file}\` does not match \`${first.file}\`: it is for Python ${lock.requiresPython}`,
    span: first.spanOf(['project', 'requires-python']),
    related: [{ message: 'what the lock is for', span: lock.spanAtTop(['requires-python']) }],
    hints: [relock(lock, undefined)],
  };
}

/** Which command mends a lock. */
export function relock({ file }: UvLock, when: string | undefined): string {
  const [directory, name] = [dirname(file), basename(file)];
  const script = name === 'uv.lock' ? undefined : file.replace(/\.lock$/, '');
  const where = script === undefined ? (directory === '.' ? '' : ` --directory ${directory}`) : ` --script ${script}`;
  const command = `\`uv lock${where}\``;
  return `run ${command}${when === undefined ? '' : ` ${when}`}`;
}
