import { parse } from 'smol-toml';
import { fail, ok, type Result } from '../../diagnostics/diagnostic.ts';
import { tomlSyntaxError } from '../../repository/toml-span.ts';

/** A TOML document as plain values. F0976 when it is none. */
export function tomlDocument(source: { readonly file: string; readonly text: string }): Result<unknown> {
  try {
    return ok(parse(source.text));
  } catch (error) {
    const found = tomlSyntaxError(source);
    if (found === undefined) throw error;
    return fail({
      code: 'F0976',
      severity: 'error',
      blame: 'input',
      message: `\`${source.file}\` is not valid TOML: ${found.message}`,
      span: found.span,
    });
  }
}

/** What a key of a table is set to; `undefined` when it is not, or the value is no table. */
export function valueAt(table: unknown, key: string): unknown {
  return typeof table === 'object' && table !== null ? Object.getOwnPropertyDescriptor(table, key)?.value : undefined;
}

export function textAt(table: unknown, key: string): string | undefined {
  const value = valueAt(table, key);
  return typeof value === 'string' ? value : undefined;
}
