import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import * as v from 'valibot';
import { type Diagnostic, fail, ok, type Result } from '../diagnostics/diagnostic.ts';
import { parseSha256, type Sha256 } from '../model/digest.ts';
import { compareBytes } from '../model/wire.ts';
import { type NamedText, parseToml } from './config.ts';
import type { TomlPath } from './toml-span.ts';

/** `ferrule.lock`: what the locks of cargo and uv leave open. */
export interface FerruleLock {
  /** Sorted by url, then revision. */
  readonly git: readonly LockedGitTree[];
  /** Identity of each toolchain by its name, such as `rust`: `rustc 1.95.0 (…)`. */
  readonly toolchain: Readonly<Record<string, string>>;
}

/** The content of a git dependency at one commit. */
export interface LockedGitTree {
  /** As `Cargo.lock` has it, without query and fragment. */
  readonly url: string;
  /** Full commit. */
  readonly revision: string;
  /** Root of the Merkle tree of the checkout without `.git`. */
  readonly tree: Sha256;
}

export const EMPTY_LOCK: FerruleLock = { git: [], toolchain: {} };

const FORMAT_VERSION = 1;

const digest = v.pipe(
  v.string(),
  v.check(
    (text) => parseSha256(text.replace(/^sha256:/, '')) !== undefined && text.startsWith('sha256:'),
    'must be `sha256:` and 64 hexadecimal digits',
  ),
);
const schema = v.strictObject({
  version: v.literal(FORMAT_VERSION),
  git: v.optional(v.array(v.strictObject({ url: v.string(), rev: v.string(), tree: digest })), []),
  toolchain: v.optional(v.record(v.string(), v.string()), {}),
});

/** Reads `ferrule.lock`; `undefined` when there is none. F0106 for one that this version cannot read. */
export async function readFerruleLock(source: { readonly path: string; readonly file: string }): Promise<Result<FerruleLock | undefined>> {
  let text: string;
  try {
    text = readFileSync(source.path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return ok(undefined);
    throw error;
  }
  return parseFerruleLock({ file: source.file, text });
}

export async function parseFerruleLock(source: NamedText): Promise<Result<FerruleLock>> {
  const document = await parseToml(source);
  if (!document.ok) return document;
  const checked = v.safeParse(schema, document.value);
  if (!checked.success) return fail(...(await Promise.all(checked.issues.map((issue) => explain(source, issue)))));
  const git = checked.output.git.map((entry) => ({ url: entry.url, revision: entry.rev, tree: brand(entry.tree) }));
  return ok({ git, toolchain: checked.output.toolchain });
}

function brand(text: string): Sha256 {
  const hash = parseSha256(text.slice('sha256:'.length));
  if (hash === undefined) throw new Error('internal: a digest that was checked does not parse');
  return hash;
}

async function explain(source: NamedText, issue: v.BaseIssue<unknown>): Promise<Diagnostic> {
  const { spanOfToml } = await import('./toml-span.ts');
  const path: TomlPath = (issue.path ?? []).map((item) => (typeof item.key === 'number' ? item.key : String(item.key)));
  const span = spanOfToml({ ...source, path, part: 'value' });
  const newer = path[0] === 'version';
  return {
    code: 'F0106',
    severity: 'error',
    blame: 'input',
    message: newer
      ? `\`${source.file}\` has a format this version of Ferrule does not know`
      : `\`${path.join('.')}\` in \`${source.file}\` is not understood`,
    ...(span === undefined ? {} : { span }),
    facts: [['expected', newer ? `version = ${FORMAT_VERSION}` : issue.message]],
    hints: [newer ? 'update Ferrule, or run `ferrule lock` to write the file anew' : 'run `ferrule lock` to write the file anew'],
  };
}

/** The file's text: the same for the same content, whatever the order given. */
export function formatFerruleLock(lock: FerruleLock): string {
  const parts = ['# Written by `ferrule lock`. Keep it under version control; do not edit it.', `version = ${FORMAT_VERSION}`, ''];
  const git = lock.git.toSorted((left, right) => compareBytes(left.url, right.url) || compareBytes(left.revision, right.revision));
  for (const entry of git) {
    parts.push('[[git]]', `url = ${quote(entry.url)}`, `rev = ${quote(entry.revision)}`, `tree = "sha256:${entry.tree}"`, '');
  }
  const toolchain = Object.entries(lock.toolchain).toSorted(([left], [right]) => compareBytes(left, right));
  if (toolchain.length > 0) parts.push('[toolchain]', ...toolchain.map(([name, identity]) => `${key(name)} = ${quote(identity)}`), '');
  return parts.join('\n');
}

/** Replaces the file at once, so that nobody reads half of it. */
export function writeFerruleLock(path: string, lock: FerruleLock): void {
  const beside = `${path}.new`;
  writeFileSync(beside, formatFerruleLock(lock));
  renameSync(beside, path);
}

function key(name: string): string {
  return /^[A-Za-z0-9_-]+$/.test(name) ? name : quote(name);
}

/** A TOML basic string: JSON's escapes are all TOML's as well, but for `DEL`. */
function quote(text: string): string {
  return JSON.stringify(text).replaceAll('\u007f', '\\u007f');
}
