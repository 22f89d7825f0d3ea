import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Diagnostic, fail, ok, type Result } from '../../diagnostics/diagnostic.ts';
import type { ProcessOutcome, ProcessRunner } from '../../rust/cargo/process.ts';

/** The uv that resolves, and how it is called. */
export interface UvProgram {
  /** Absolute path of `uv`; `undefined`: the user has none on the `PATH`. */
  readonly program: string | undefined;
  /** Absolute path of an interpreter for it to start; what is resolved does not depend on it. */
  readonly python: string;
  /** Its whole environment, which is the user's: credentials, certificates and proxies are in it. */
  readonly environment: Readonly<Record<string, string>>;
  readonly offline: boolean;
  readonly signal: AbortSignal | undefined;
  readonly run: ProcessRunner;
}

/** What resolutions are bound to, as `tool.uv` has it. */
export interface ResolutionRules {
  /** PEP 440: `>=3.11`. What is resolved holds for all of these. */
  readonly requiresPython: string;
  /** `build-constraint-dependencies`. */
  readonly constraints: readonly string[];
  /** `exclude-newer`; `undefined`: the present. */
  readonly excludeNewer: string | undefined;
  /** `[[tool.uv.index]]` in order; empty: uv's own configuration. */
  readonly indexes: readonly PackageIndex[];
  /** Index of what must come from where it comes from at run time, by name. */
  readonly sources: ReadonlyMap<string, string>;
}

export interface PackageIndex {
  readonly name: string | undefined;
  /** With credentials only if they are written in the file; those of the environment are uv's to add. */
  readonly url: string;
  /** Takes the place of the index that is asked last. */
  readonly isDefault: boolean;
}

/** A project that only exists to be resolved: one dependency group for each set of requirements. */
export class UvProject {
  readonly #uv: UvProgram;
  readonly #directory: string;

  /** Makes the directory, which nobody else uses. */
  constructor(options: {
    readonly uv: UvProgram;
    readonly directory: string;
    readonly rules: ResolutionRules;
    readonly groups: readonly (readonly string[])[];
  }) {
    this.#uv = options.uv;
    this.#directory = options.directory;
    rmSync(options.directory, { recursive: true, force: true });
    mkdirSync(options.directory, { recursive: true });
    writeFileSync(join(options.directory, 'pyproject.toml'), projectText(options));
  }

  /** Resolves all groups together. `undefined`: there is no solution. F0990: no uv; F0991: it failed. */
  async lock(): Promise<Result<'solved' | { readonly unsolvable: string }>> {
    const done = await this.#run(['lock']);
    if (!done.ok) return done;
    const { exitCode, stderr } = done.value;
    if (exitCode === 0) return ok('solved');
    return exitCode === 1 && /No solution found/.test(stderr) ? ok({ unsolvable: stderr }) : fail(uvFailed(stderr, 'infrastructure'));
  }

  /** What a group was resolved to, as the text of a `pylock.toml` (PEP 751). */
  async exported(group: number): Promise<Result<string>> {
    const words = ['export', '--frozen', '--format', 'pylock.toml', '--no-header', '--only-group', groupName(group)];
    const done = await this.#run(words);
    if (!done.ok) return done;
    return done.value.exitCode === 0 ? ok(done.value.stdout) : fail(uvFailed(done.value.stderr, 'infrastructure'));
  }

  async #run(words: readonly string[]): Promise<Result<ProcessOutcome>> {
    const { program, python, environment, offline, signal, run } = this.#uv;
    if (program === undefined) return fail(noUv('it is not on the `PATH`'));
    const flags = [
      '--directory',
      this.#directory,
      '--python',
      python,
      '--no-progress',
      '--color',
      'never',
      ...(offline ? ['--offline'] : []),
    ];
    const done = await run({
      program,
      arguments: [...words, ...flags],
      directory: this.#directory,
      environment: { ...environment, UV_PYTHON_DOWNLOADS: 'never' },
      ...(signal === undefined ? {} : { signal }),
    });
    return done.exitCode === undefined ? fail(noUv(done.stderr.trim())) : ok(done);
  }
}

function groupName(group: number): string {
  return `set-${group}`;
}

function projectText({ rules, groups }: { readonly rules: ResolutionRules; readonly groups: readonly (readonly string[])[] }): string {
  const lines = [
    '[project]',
    'name = "ferrule-build-systems"',
    'version = "0"',
    `requires-python = ${quote(rules.requiresPython)}`,
    '[dependency-groups]',
    ...groups.map((requires, index) => `${groupName(index)} = ${list(requires)}`),
    '[tool.uv]',
    'package = false',
    'no-build = true',
    'default-groups = []',
    `constraint-dependencies = ${list(rules.constraints)}`,
    ...(rules.excludeNewer === undefined ? [] : [`exclude-newer = ${quote(rules.excludeNewer)}`]),
    ...rules.indexes.flatMap(({ name, url, isDefault }) => [
      '[[tool.uv.index]]',
      ...(name === undefined ? [] : [`name = ${quote(name)}`]),
      `url = ${quote(url)}`,
      ...(isDefault ? ['default = true'] : []),
    ]),
    ...[...rules.sources.values()].flatMap((url, index) => [
      '[[tool.uv.index]]',
      `name = ${quote(sourceName(index))}`,
      `url = ${quote(url)}`,
      'explicit = true',
    ]),
    ...(rules.sources.size === 0 ? [] : ['[tool.uv.sources]']),
    ...[...rules.sources.keys()].map((name, index) => `${quote(name)} = { index = ${quote(sourceName(index))} }`),
  ];
  return `${lines.join('\n')}\n`;
}

function sourceName(index: number): string {
  return `match-runtime-${index}`;
}

function list(texts: readonly string[]): string {
  return `[${texts.map(quote).join(', ')}]`;
}

/** JSON's escapes are all TOML's as well, but for `DEL`. */
function quote(text: string): string {
  return JSON.stringify(text).replaceAll('\u007f', '\\u007f');
}

function noUv(problem: string): Diagnostic {
  return {
    code: 'F0990',
    severity: 'error',
    blame: 'infrastructure',
    message: 'build requirements are resolved by `uv`, which cannot be started',
    facts: [['reason', problem]],
    hints: ['install uv (`pip install uv`) and run `ferrule lock` again; building needs no uv'],
  };
}

/** F0991, with uv's own words. */
export function uvFailed(output: string, blame: 'input' | 'infrastructure'): Diagnostic {
  return {
    code: 'F0991',
    severity: 'error',
    blame,
    message: 'the build requirements cannot be resolved',
    output,
    hints: ['correct the requirement or `build-constraint-dependencies` that uv names, then run `ferrule lock` again'],
  };
}
