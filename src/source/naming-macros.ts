/**
 * Macros and attribute keys of well-known crates whose string argument names files to read at compile time.
 * Needed only for what lies outside the package or is ignored by git: everything else of the package is readable anyway.
 */

/** Where a path counts from: the directory of `Cargo.toml`, or `src` below it. */
export type NamingBase = 'manifest' | 'src';

/** By macro name; the first string literal of the call is the path. */
export const NAMING_MACROS: ReadonlyMap<string, NamingBase> = new Map([
  // include_dir
  ['include_dir', 'manifest'],
  // sqlx
  ['migrate', 'manifest'],
  ['query_file', 'manifest'],
  ['query_file_as', 'manifest'],
  ['query_file_scalar', 'manifest'],
  ['query_file_unchecked', 'manifest'],
  ['query_file_as_unchecked', 'manifest'],
  ['query_file_scalar_unchecked', 'manifest'],
  // diesel_migrations, refinery
  ['embed_migrations', 'manifest'],
]);

/** By key in `#[… key = "path" …]`. */
export const NAMING_KEYS: ReadonlyMap<string, NamingBase> = new Map([
  // rust-embed
  ['folder', 'manifest'],
  // pest
  ['grammar', 'src'],
  // graphql_client
  ['schema_path', 'manifest'],
  ['query_path', 'manifest'],
]);
