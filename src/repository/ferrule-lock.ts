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
  /** What projects and source distributions are built with. Sorted by requirements. */
  readonly buildSystems: readonly LockedBuildSystem[];
  /** Every package that a build system names. Sorted by name, then version. */
  readonly buildPackages: readonly LockedBuildPackage[];
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

/** One set of build requirements, and what it was resolved to: whoever has the same requirements is built with the same. */
export interface LockedBuildSystem {
  /** `requires` of `[build-system]`, in their normal form, sorted. */
  readonly requires: readonly string[];
  /** What backends asked for beyond them (`get_requires_for_build_…`), in their normal form, sorted. */
  readonly asked: readonly string[];
  /** Everything that is installed for it, sorted by name. A name stands twice where versions differ between interpreters. */
  readonly packages: readonly LockedBuildChoice[];
}

export interface LockedBuildChoice {
  /** PEP 503. */
  readonly name: string;
  readonly version: string;
  /** PEP 508 marker; `undefined`: always. */
  readonly marker: string | undefined;
}

/** A package that builds need, as its index has it. */
export interface LockedBuildPackage {
  readonly name: string;
  readonly version: string;
  /** Address of the index, for its credentials; `undefined`: it came from a direct address. */
  readonly index: string | undefined;
  /** Sorted by file name. */
  readonly wheels: readonly LockedBuildWheel[];
}

export interface LockedBuildWheel {
  readonly file: string;
  readonly url: string;
  readonly sha256: Sha256;
  /** Bytes; `undefined`: the index does not say. */
  readonly size: number | undefined;
}

export const EMPTY_LOCK: FerruleLock = { git: [], buildSystems: [], buildPackages: [], toolchain: {} };

const FORMAT_VERSION = 1;

const digest = v.pipe(
  v.string(),
  v.check(
    (text) => parseSha256(text.replace(/^sha256:/, '')) !== undefined && text.startsWith('sha256:'),
    'must be `sha256:` and 64 hexadecimal digits',
  ),
);
/** `NAME VERSION` or `NAME VERSION ; MARKER` */
const CHOICE = /^(?<name>[^ ;]+) (?<version>[^ ;]+)(?: ; (?<marker>.+))?$/;
const wheel = v.strictObject({ file: v.string(), url: v.string(), size: v.optional(v.number()), hash: digest });
const schema = v.strictObject({
  version: v.literal(FORMAT_VERSION),
  git: v.optional(v.array(v.strictObject({ url: v.string(), rev: v.string(), tree: digest })), []),
  'build-system': v.optional(
    v.array(
      v.strictObject({
        requires: v.array(v.string()),
        asked: v.optional(v.array(v.string()), []),
        packages: v.array(v.pipe(v.string(), v.regex(CHOICE, 'must be `NAME VERSION`, with a marker after ` ; `'))),
      }),
    ),
    [],
  ),
  'build-package': v.optional(
    v.array(v.strictObject({ name: v.string(), version: v.string(), index: v.optional(v.string()), wheels: v.array(wheel) })),
    [],
  ),
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
  const buildSystems = checked.output['build-system'].map((entry) => ({ ...entry, packages: entry.packages.map(readChoice) }));
  const buildPackages = checked.output['build-package'].map(({ name, version, index, wheels }) => ({
    name,
    version,
    index,
    wheels: wheels.map(({ file, url, size, hash }) => ({ file, url, size, sha256: brand(hash) })),
  }));
  return ok({ git, buildSystems, buildPackages, toolchain: checked.output.toolchain });
}

function readChoice(text: string): LockedBuildChoice {
  const { name, version, marker } = CHOICE.exec(text)?.groups ?? {};
  if (name === undefined || version === undefined) throw new Error('internal: a choice that was checked does not parse');
  return { name, version, marker };
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
  parts.push(...formatBuildSystems(lock), ...formatBuildPackages(lock));
  const toolchain = Object.entries(lock.toolchain).toSorted(([left], [right]) => compareBytes(left, right));
  if (toolchain.length > 0) parts.push('[toolchain]', ...toolchain.map(([name, identity]) => `${key(name)} = ${quote(identity)}`), '');
  return parts.join('\n');
}

function formatBuildSystems(lock: FerruleLock): readonly string[] {
  return lock.buildSystems
    .toSorted((left, right) => compareBytes(left.requires.join('\n'), right.requires.join('\n')))
    .flatMap(({ requires, asked, packages }) => [
      '[[build-system]]',
      `requires = ${list(requires.toSorted(compareBytes))}`,
      ...(asked.length === 0 ? [] : [`asked = ${list(asked.toSorted(compareBytes))}`]),
      ...lines('packages', packages.map(formatChoice).toSorted(compareBytes).map(quote)),
      '',
    ]);
}

function formatChoice({ name, version, marker }: LockedBuildChoice): string {
  return `${name} ${version}${marker === undefined ? '' : ` ; ${marker}`}`;
}

function formatBuildPackages(lock: FerruleLock): readonly string[] {
  return lock.buildPackages
    .toSorted((left, right) => compareBytes(left.name, right.name) || compareBytes(left.version, right.version))
    .flatMap(({ name, version, index, wheels }) => [
      '[[build-package]]',
      `name = ${quote(name)}`,
      `version = ${quote(version)}`,
      ...(index === undefined ? [] : [`index = ${quote(index)}`]),
      ...lines('wheels', wheels.toSorted((left, right) => compareBytes(left.file, right.file)).map(formatWheel)),
      '',
    ]);
}

function formatWheel({ file, url, size, sha256 }: LockedBuildWheel): string {
  const sizeText = size === undefined ? '' : `size = ${size}, `;
  return `{ file = ${quote(file)}, url = ${quote(url)}, ${sizeText}hash = "sha256:${sha256}" }`;
}

function list(texts: readonly string[]): string {
  return `[${texts.map(quote).join(', ')}]`;
}

/** An array with one element a line, so that a change is seen where it is. */
function lines(name: string, elements: readonly string[]): readonly string[] {
  return elements.length === 0 ? [`${name} = []`] : [`${name} = [`, ...elements.map((element) => `  ${element},`), ']'];
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
