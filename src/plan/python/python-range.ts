import type { Span } from '../../diagnostics/diagnostic.ts';
import type { RequiredPython } from '../../python/interpreters/find-interpreter.ts';
import type { PythonLock } from '../../python/lock/lock.ts';
import type { Project } from '../../python/project/project.ts';
import { formatSpecifiers, parseSpecifiers } from '../../python/version/specifier.ts';

/** The Pythons that a project declares itself for; `undefined`: any. */
export function declaredRange(project: Project): RequiredPython | undefined {
  const text = project.metadata?.requiresPython;
  const set = text === undefined ? undefined : parseSpecifiers(text);
  if (text === undefined || set === undefined) return undefined;
  return placed(set, text, () => project.spanOf(['project', 'requires-python']));
}

/** The Pythons that every one of some locks was made for: a workspace's lock is for those that all of its members allow. */
export function lockedRange(locked: readonly { readonly lock: PythonLock; readonly project: Project }[]): RequiredPython | undefined {
  const ranges = locked.flatMap(({ lock, project }) => rangeOf(lock, project) ?? []);
  const [first, ...rest] = ranges.filter(
    ({ set }, index) => ranges.findIndex((other) => formatSpecifiers(other.set) === formatSpecifiers(set)) === index,
  );
  if (first === undefined || rest.length === 0) return first;
  return {
    set: { specifiers: [first, ...rest].flatMap(({ set }) => set.specifiers) },
    text: [first, ...rest].map(({ text }) => text).join(', '),
    get span() {
      return first.span;
    },
  };
}

function rangeOf(lock: PythonLock, project: Project): RequiredPython | undefined {
  const declared = declaredRange(project);
  const text = lock.requiresPython;
  const set = text === undefined ? undefined : parseSpecifiers(text);
  if (text === undefined || set === undefined) return declared;
  if (declared !== undefined && formatSpecifiers(declared.set) === formatSpecifiers(set)) return declared;
  return placed(set, text, () => lock.spanAtTop(['requires-python']));
}

/** Finding a place is slow, so it is left to when there is something to say. */
function placed(set: RequiredPython['set'], text: string, span: () => Span): RequiredPython {
  return {
    set,
    text,
    get span() {
      return span();
    },
  };
}
