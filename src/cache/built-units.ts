import { existsSync } from 'node:fs';
import { fail, ok, type Result } from '../diagnostics/diagnostic.ts';
import { noClient, questionFailed } from './cache-diagnostics.ts';
import type { Push } from './push.ts';

/**
 * Paths together with everything they were built from that is in the store: with that in a cache, whoever has edited one unit builds only what
 * comes after it. Sources and downloads are left out: the one is the repository's, the other anybody can download. A path whose derivation is
 * not there (it came from a cache itself) stands for itself. F1135: no Nix; F1143: it does not answer.
 */
export async function withBuiltUnits(
  paths: readonly string[],
  push: Omit<Push, 'caches' | 'paths' | 'files'>,
): Promise<Result<readonly string[]>> {
  const ask = async (name: 'nix' | 'nix-store', words: readonly string[]): Promise<Result<string>> => await answerOf(push, name, words);
  const derivers = await ask('nix-store', ['--query', '--deriver', ...paths]);
  if (!derivers.ok) return derivers;
  const derivations = [...new Set(linesOf(derivers.value))].filter((path) => path.startsWith('/') && existsSync(path));
  if (derivations.length === 0) return ok(paths);
  const everything = await ask('nix-store', ['--query', '--requisites', '--include-outputs', ...derivations]);
  if (!everything.ok) return everything;
  const built = linesOf(everything.value).filter((path) => !path.endsWith('.drv'));
  if (built.length === 0) return ok(paths);
  const question = ['--extra-experimental-features', 'nix-command', 'path-info', '--json'];
  // Since 2.33 it wants to be told a format, which Nix before that does not know.
  const versioned = await ask('nix', [...question, '--json-format', '1', '--', ...built]);
  const information = versioned.ok ? versioned : await ask('nix', [...question, '--', ...built]);
  return information.ok ? ok([...new Set([...paths, ...inputAddressed(information.value)])]) : information;
}

async function answerOf(
  push: Omit<Push, 'caches' | 'paths' | 'files'>,
  name: 'nix' | 'nix-store',
  words: readonly string[],
): Promise<Result<string>> {
  const program = push.findProgram(name);
  if (program === undefined) return fail(noClient(undefined, 'nix'));
  const { environment, directory, signal } = push;
  const ended = await push.run({ program, arguments: words, environment, directory, signal, onStderr: () => undefined });
  return ended.exitCode === 0 ? ok(ended.stdout) : fail<string>(questionFailed(name, ended.stderr));
}

function linesOf(text: string): readonly string[] {
  return text.split('\n').filter((line) => line !== '');
}

/** Nix 2.8 lists objects with a `path`; since 2.19 it is an object by path. What is named by its content has a `ca`. */
function inputAddressed(json: string): readonly string[] {
  const document: unknown = JSON.parse(json);
  if (typeof document !== 'object' || document === null) return [];
  const entries: readonly (readonly [string, unknown])[] = Array.isArray(document)
    ? document.map((entry: unknown) => [String(propertyOf(entry, 'path')), entry] as const)
    : Object.entries(document);
  return entries.filter(([, about]) => (propertyOf(about, 'ca') ?? null) === null).map(([path]) => path);
}

function propertyOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Object.entries(value).find(([key]) => key === name)?.[1] : undefined;
}
