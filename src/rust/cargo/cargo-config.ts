import { existsSync, readFileSync } from 'node:fs';
import { dirname, isAbsolute, join, resolve } from 'node:path';

import { parse, TomlError, type TomlTable, type TomlValue } from 'smol-toml';

import { type Diagnostic, fail, ok, type Result } from '../../diagnostics/diagnostic.ts';

/** A value of cargo's configuration with the place it was defined in; lists remember it element by element, as they are merged. */
export type ConfigValue =
  | { readonly kind: 'string'; readonly value: string; readonly root: string }
  | { readonly kind: 'boolean'; readonly value: boolean; readonly root: string }
  | { readonly kind: 'number'; readonly value: number; readonly root: string }
  | { readonly kind: 'list'; readonly items: readonly ConfigValue[]; readonly root: string }
  | ConfigTable;

/** `root` of every value: what relative paths in it count from, the parent of the file's directory (cargo `Definition::root`). */
export interface ConfigTable {
  readonly kind: 'table';
  readonly entries: ReadonlyMap<string, ConfigValue>;
  readonly root: string;
}

export interface CargoConfig {
  /** All files merged as cargo merges them: the nearer file wins, lists are joined with the nearer one's last. */
  readonly values: ConfigTable;
  /** Every path looked at, present or absent. */
  readonly looked: readonly string[];
}

/**
 * Reads cargo's configuration as cargo would when started in `directory` (cargo `src/util/context/mod.rs`, `load_values_from`):
 * `.cargo/config` or `.cargo/config.toml` there and in every directory above, then in `cargoHome`; `include` is followed.
 * Fails with F0212 when a file cannot be read as TOML, or two files disagree about the type of a key.
 */
export function loadCargoConfig(options: { readonly directory: string; readonly cargoHome: string }): Result<CargoConfig> {
  const loader = new Loader();
  const seen = new Set<string>();
  let values = emptyTable(options.directory);
  for (const directory of [...ancestors(options.directory).map((path) => join(path, '.cargo')), options.cargoHome]) {
    if (seen.has(directory)) continue;
    seen.add(directory);
    const path = loader.find(directory);
    const table = path === undefined ? undefined : loader.load(path, []);
    if (table !== undefined) values = loader.merge(values, table);
  }
  return loader.problems.length > 0 ? fail(...loader.problems) : ok({ values, looked: [...loader.looked] });
}

/** The directory and every one above it, nearest first. */
export function ancestors(directory: string): readonly string[] {
  const parent = dirname(directory);
  return parent === directory ? [directory] : [directory, ...ancestors(parent)];
}

class Loader {
  readonly looked = new Set<string>();
  readonly problems: Diagnostic[] = [];

  /** The configuration file of a `.cargo` directory: the one without extension first, as old cargos wrote it. */
  find(directory: string): string | undefined {
    const candidates = [join(directory, 'config'), join(directory, 'config.toml')];
    for (const path of candidates) this.looked.add(path);
    return candidates.find((path) => existsSync(path));
  }

  load(path: string, including: readonly string[]): ConfigTable | undefined {
    if (including.includes(path)) return this.#problem(path, 'it includes itself', undefined);
    this.looked.add(path);
    let parsed: TomlTable;
    let text = '';
    try {
      text = readFileSync(path, 'utf8');
      parsed = parse(text);
    } catch (error) {
      const reason = error instanceof TomlError ? (error.message.split('\n')[0] ?? '') : String(error);
      return this.#problem(path, reason, error instanceof TomlError ? { text, line: error.line, column: error.column } : undefined);
    }
    const { include, ...rest } = parsed;
    const own = tableOf(rest, dirname(dirname(path)));
    return include === undefined ? own : this.#withIncludes({ own, include, path, including: [...including, path] });
  }

  #withIncludes(request: {
    readonly own: ConfigTable;
    readonly include: TomlValue;
    readonly path: string;
    readonly including: readonly string[];
  }): ConfigTable | undefined {
    let values = emptyTable(request.own.root);
    for (const entry of Array.isArray(request.include) ? request.include : [request.include]) {
      const include = includeOf(entry);
      if (include === undefined) return this.#problem(request.path, '`include` must hold paths that end in `.toml`', undefined);
      const target = isAbsolute(include.path) ? include.path : resolve(dirname(request.path), include.path);
      this.looked.add(target);
      if (include.optional && !existsSync(target)) continue;
      const table = this.load(target, request.including);
      if (table === undefined) return undefined;
      values = this.merge(table, values);
    }
    return this.merge(request.own, values);
  }

  /** Joins two tables; `nearer` wins where both say something (cargo `ConfigValue::merge`). */
  merge(nearer: ConfigTable, farther: ConfigTable): ConfigTable {
    return this.#mergeAt({ nearer, farther, key: [] });
  }

  #mergeAt(request: { readonly nearer: ConfigTable; readonly farther: ConfigTable; readonly key: readonly string[] }): ConfigTable {
    const entries = new Map(request.farther.entries);
    for (const [name, value] of request.nearer.entries) {
      const other = entries.get(name);
      const key = [...request.key, name];
      if (other === undefined) entries.set(name, value);
      else if (value.kind === 'table' && other.kind === 'table') entries.set(name, this.#mergeAt({ nearer: value, farther: other, key }));
      else if (value.kind === 'list' && other.kind === 'list') entries.set(name, joinLists({ nearer: value, farther: other, key }));
      else if (isScalar(value) === isScalar(other)) entries.set(name, value);
      else {
        this.#problem(other.root, `\`${key.join('.')}\` is ${describe(other)} there and ${describe(value)} in ${value.root}`, undefined);
      }
    }
    return { kind: 'table', entries, root: request.nearer.root };
  }

  #problem(file: string, reason: string, place: { text: string; line: number; column: number } | undefined): undefined {
    this.problems.push({
      code: 'F0212',
      severity: 'error',
      blame: 'input',
      message: `cargo's configuration \`${file}\` cannot be used: ${reason}`,
      ...(place === undefined ? {} : { span: spanAt(file, place) }),
    });
    return undefined;
  }
}

function spanAt(file: string, place: { readonly text: string; readonly line: number; readonly column: number }) {
  const lines = place.text.split('\n').slice(0, place.line - 1);
  const start = lines.reduce((sum, line) => sum + line.length + 1, 0) + place.column - 1;
  return { file, text: place.text, start, end: start + 1 };
}

function joinLists(request: {
  readonly nearer: ConfigValue & { readonly kind: 'list' };
  readonly farther: ConfigValue & { readonly kind: 'list' };
  readonly key: readonly string[];
}): ConfigValue {
  if (isNonMergeable(request.key)) return request.nearer;
  return { kind: 'list', items: [...request.farther.items, ...request.nearer.items], root: request.nearer.root };
}

/** Lists that stand for one command line and are replaced, not joined (cargo `is_nonmergeable_list`). */
function isNonMergeable(key: readonly string[]): boolean {
  const [first, , third] = key;
  return (first === 'target' && third === 'runner') || (first === 'registries' && third === 'credential-provider') || first === 'doc';
}

function isScalar(value: ConfigValue): boolean {
  return value.kind !== 'list' && value.kind !== 'table';
}

function describe(value: ConfigValue): string {
  return value.kind === 'list' ? 'a list' : `a ${value.kind}`;
}

function includeOf(value: TomlValue): { readonly path: string; readonly optional: boolean } | undefined {
  if (typeof value === 'string') return value.endsWith('.toml') ? { path: value, optional: false } : undefined;
  if (typeof value !== 'object' || Array.isArray(value) || !('path' in value)) return undefined;
  const { path, optional } = value;
  return typeof path === 'string' && path.endsWith('.toml') ? { path, optional: optional === true } : undefined;
}

function emptyTable(root: string): ConfigTable {
  return { kind: 'table', entries: new Map(), root };
}

function tableOf(table: TomlTable, root: string): ConfigTable {
  return { kind: 'table', entries: new Map(Object.entries(table).map(([name, value]) => [name, valueOf(value, root)])), root };
}

function valueOf(value: TomlValue, root: string): ConfigValue {
  if (Array.isArray(value)) return { kind: 'list', items: value.map((item) => valueOf(item, root)), root };
  if (typeof value === 'string') return { kind: 'string', value, root };
  if (typeof value === 'boolean') return { kind: 'boolean', value, root };
  if (typeof value === 'object') return value instanceof Date ? { kind: 'string', value: value.toString(), root } : tableOf(value, root);
  return { kind: 'number', value: Number(value), root };
}
