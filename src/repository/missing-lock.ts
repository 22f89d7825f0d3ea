import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { parse, TomlError } from 'smol-toml';
import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import type { NamedText } from './config.ts';
import { parseIgnoreRules } from './git-ignore.ts';
import type { Member } from './repository.ts';

/**
 * The user stands in a package (or workspace) that has no `Cargo.lock`, neither its own nor that of a workspace around it: F0108.
 * `undefined` when all is well, or when no `Cargo.toml` lies between the directory and the root.
 */
export function missingLock(place: {
  readonly root: string;
  readonly directory: string;
  readonly members: readonly Member[];
}): Diagnostic | undefined {
  const start = nearestManifest(place.directory, place.root);
  if (start === undefined) return undefined;
  if (place.members.some((member) => member.kind === 'python' && member.directory === start)) return undefined;
  for (let directory = start; ; directory = dirname(directory)) {
    const isOwn = directory === start;
    if (existsSync(join(directory, 'Cargo.lock')) && (isOwn || isWorkspaceAround(directory, start))) return undefined;
    if (directory === place.root || dirname(directory) === directory) break;
  }
  return missing(shown(place.root, start));
}

/** `members` of `ferrule.toml` names a directory without manifest and lock: F0108 or F0109, with the place. */
export async function noLockBeside(place: {
  readonly directory: string;
  readonly path: string;
  readonly config: NamedText;
  readonly index: number;
}): Promise<Diagnostic> {
  const { spanOfToml } = await import('./toml-span.ts');
  const span = spanOfToml({ ...place.config, path: ['members', place.index], part: 'value' });
  const where = span === undefined ? {} : { span };
  if (existsSync(join(place.directory, 'Cargo.toml'))) return { ...missing(place.path), ...where };
  const reason = existsSync(join(place.directory, 'pyproject.toml'))
    ? { message: `member \`${place.path}\` has no \`uv.lock\``, hints: [`run \`uv lock\` in \`${place.path}\``] }
    : {
        message: `member \`${place.path}\` holds neither \`Cargo.toml\` nor \`pyproject.toml\``,
        hints: ['correct the path in `members`, or remove it'],
      };
  return { code: 'F0109', severity: 'error', blame: 'input', ...reason, ...where };
}

function missing(path: string): Diagnostic {
  return {
    code: 'F0108',
    severity: 'error',
    blame: 'input',
    message: path === '.' ? 'this workspace has no `Cargo.lock`' : `\`${path}\` has no \`Cargo.lock\``,
    hints: [path === '.' ? 'run `cargo generate-lockfile`' : `run \`cargo generate-lockfile\` in \`${path}\``],
  };
}

function nearestManifest(directory: string, root: string): string | undefined {
  for (let current = directory; ; current = dirname(current)) {
    if (existsSync(join(current, 'Cargo.toml'))) return current;
    if (current === root || dirname(current) === current) return undefined;
  }
}

/** Whether the manifest in `directory` is a workspace that does not exclude `inner`; cargo itself reports a package that is in neither. */
function isWorkspaceAround(directory: string, inner: string): boolean {
  const workspace = readTable(join(directory, 'Cargo.toml'))?.['workspace'];
  if (typeof workspace !== 'object' || workspace === null) return false;
  const exclude: unknown = 'exclude' in workspace ? workspace.exclude : undefined;
  if (!Array.isArray(exclude)) return true;
  const path = relative(directory, inner);
  const rules = parseIgnoreRules(
    exclude
      .filter((entry) => typeof entry === 'string')
      .map((entry) => `/${entry}`)
      .join('\n'),
  );
  const parts = path.split('/');
  return !parts.some((name, index) => rules.verdict(parts.slice(0, index + 1).join('/'), name, true) === true);
}

function readTable(path: string): Readonly<Record<string, unknown>> | undefined {
  try {
    return parse(readFileSync(path, 'utf8'));
  } catch (error) {
    if (error instanceof TomlError || (error instanceof Error && 'code' in error)) return undefined;
    throw error;
  }
}

function shown(root: string, directory: string): string {
  return relative(root, directory) || '.';
}
