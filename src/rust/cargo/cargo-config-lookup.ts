import { join } from 'node:path';

import type { CargoConfig, ConfigTable, ConfigValue } from './cargo-config.ts';

/**
 * Answers about single keys of cargo's configuration, with `CARGO_*` variables taken into account as cargo does
 * (cargo `src/util/context/mod.rs`: a variable beats a file; lists are joined, the variable's words last).
 */
export class ConfigLookup {
  readonly #values: ConfigTable;
  readonly #environment: Readonly<Record<string, string>>;
  /** What relative paths in variables count from. */
  readonly #directory: string;

  constructor(options: {
    readonly config: CargoConfig;
    readonly environment: Readonly<Record<string, string>>;
    readonly directory: string;
  }) {
    this.#values = options.config.values;
    this.#environment = options.environment;
    this.#directory = options.directory;
  }

  /** Value of a variable that is no configuration key, such as `RUSTFLAGS`. */
  variable(name: string): string | undefined {
    return this.#environment[name];
  }

  /** A key as the files give it; variables do not count. */
  file(key: readonly string[]): ConfigValue | undefined {
    let value: ConfigValue | undefined = this.#values;
    for (const part of key) value = value?.kind === 'table' ? value.entries.get(part) : undefined;
    return value;
  }

  string(key: readonly string[]): string | undefined {
    const variable = this.#environment[variableOf(key)];
    if (variable !== undefined) return variable;
    const value = this.file(key);
    return value?.kind === 'string' ? value.value : undefined;
  }

  /** A list of strings, or one string of words (cargo `StringList`); `undefined` when nothing sets the key. */
  words(key: readonly string[]): readonly string[] | undefined {
    const value = this.file(key);
    const variable = this.#environment[variableOf(key)];
    if (value === undefined && variable === undefined) return undefined;
    return [...wordsOf(value), ...(variable === undefined ? [] : splitWords(variable))];
  }

  /** A program: a name to be searched for, or an absolute path when the value has a slash (cargo `ConfigRelativePath::resolve_program`). */
  program(key: readonly string[]): string | undefined {
    const variable = this.#environment[variableOf(key)];
    if (variable !== undefined) return resolveProgram(variable, this.#directory);
    const value = this.file(key);
    return value?.kind === 'string' ? resolveProgram(value.value, value.root) : undefined;
  }

  /** A program with arguments: a list, or one string of words (cargo `PathAndArgs`). A variable replaces the list. */
  command(key: readonly string[]): readonly string[] | undefined {
    const variable = this.#environment[variableOf(key)];
    const value = this.file(key);
    const root = variable === undefined ? (value?.root ?? this.#directory) : this.#directory;
    const [program, ...rest] = variable === undefined ? wordsOf(value) : splitWords(variable);
    return program === undefined ? undefined : [resolveProgram(program, root), ...rest];
  }

  /** Names under a table of the files, sorted; empty when there is none. */
  names(key: readonly string[]): readonly string[] {
    const value = this.file(key);
    return value?.kind === 'table' ? [...value.entries.keys()].toSorted() : [];
  }
}

/** Name of the variable that overrides a key: `build.rustflags` to `CARGO_BUILD_RUSTFLAGS`. */
function variableOf(key: readonly string[]): string {
  return `CARGO_${key.join('_').replaceAll('-', '_').replaceAll('.', '_').toUpperCase()}`;
}

function wordsOf(value: ConfigValue | undefined): readonly string[] {
  if (value?.kind === 'string') return splitWords(value.value);
  return value?.kind === 'list' ? value.items.flatMap((item) => (item.kind === 'string' ? [item.value] : [])) : [];
}

function splitWords(text: string): readonly string[] {
  return text.split(/\s+/).filter((word) => word !== '');
}

function resolveProgram(value: string, root: string): string {
  return value.includes('/') ? join(value.startsWith('/') ? '/' : root, value) : value;
}
