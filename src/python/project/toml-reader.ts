import type { Diagnostic, DiagnosticCode } from '../../diagnostics/diagnostic.ts';
import type { NamedText } from '../../repository/config.ts';
import type { TomlPath } from '../../repository/toml-span.ts';

export type TomlTable = Readonly<Record<string, unknown>>;

export function isTable(value: unknown): value is TomlTable {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date);
}

/** The string under a key; `undefined`: there is none, or it is something else. */
export function textOf(table: TomlTable, key: string): string | undefined {
  const value = table[key];
  return typeof value === 'string' ? value : undefined;
}

/** Something of the wrong shape. Its place is looked up when it is reported: that costs a second parse. */
export interface ShapeProblem {
  readonly path: TomlPath;
  readonly message: string;
}

/**
 * Reads values of known types out of a TOML document by their paths. What is of another type counts as absent and is noted as
 * a problem; unknown keys are nobody's business here.
 */
export class TomlReader {
  readonly problems: ShapeProblem[] = [];
  readonly #document: TomlTable;

  constructor(document: TomlTable) {
    this.#document = document;
  }

  value(path: TomlPath): unknown {
    let value: unknown = this.#document;
    for (const part of path) {
      if (typeof part === 'number') value = Array.isArray(value) ? value[part] : undefined;
      else value = isTable(value) && Object.hasOwn(value, part) ? value[part] : undefined;
    }
    return value;
  }

  text(path: TomlPath): string | undefined {
    return this.#expect(path, 'a string', (value) => (typeof value === 'string' ? value : undefined));
  }

  flag(path: TomlPath): boolean | undefined {
    return this.#expect(path, '`true` or `false`', (value) => (typeof value === 'boolean' ? value : undefined));
  }

  table(path: TomlPath): TomlTable | undefined {
    return this.#expect(path, 'a table', (value) => (isTable(value) ? value : undefined));
  }

  list(path: TomlPath): readonly unknown[] {
    return this.#expect(path, 'an array', (value): readonly unknown[] | undefined => (Array.isArray(value) ? value : undefined)) ?? [];
  }

  texts(path: TomlPath): readonly string[] {
    return this.list(path).flatMap((_, index) => this.text([...path, index]) ?? []);
  }

  /** A table whose values are strings. */
  textTable(path: TomlPath): Readonly<Record<string, string>> {
    const entries = Object.keys(this.table(path) ?? {}).flatMap((key) => {
      const text = this.text([...path, key]);
      return text === undefined ? [] : [[key, text] as const];
    });
    return Object.fromEntries(entries);
  }

  note(path: TomlPath, message: string): void {
    this.problems.push({ path, message });
  }

  #expect<T>(path: TomlPath, what: string, narrow: (value: unknown) => T | undefined): T | undefined {
    const value = this.value(path);
    if (value === undefined) return undefined;
    const narrowed = narrow(value);
    if (narrowed === undefined) this.note(path, `must be ${what}`);
    return narrowed;
  }
}

/** The problems as diagnostics with their places. */
export async function shapeDiagnostics(
  source: NamedText,
  { code, problems }: { readonly code: DiagnosticCode; readonly problems: readonly ShapeProblem[] },
): Promise<readonly Diagnostic[]> {
  if (problems.length === 0) return [];
  const { spanOfToml } = await import('../../repository/toml-span.ts');
  return problems.map(({ path, message }): Diagnostic => {
    const span = spanOfToml({ ...source, path, part: 'value' });
    return {
      code,
      severity: 'error',
      blame: 'input',
      message: `\`${dotted(path)}\` ${message}`,
      ...(span === undefined ? {} : { span }),
    };
  });
}

function dotted(path: TomlPath): string {
  return path.map((part, index) => (typeof part === 'number' ? `[${part}]` : index === 0 ? part : `.${part}`)).join('');
}
