import { isTable, textOf } from '../project/toml-reader.ts';

/** Where a locked distribution comes from. Paths are as the lock has them. */
export type LockedSource =
  /** `index`: an address, or a directory of files relative to the lock. */
  | { readonly kind: 'registry'; readonly key: string; readonly index: string; readonly isDirectory: boolean }
  | {
      readonly kind: 'git';
      readonly key: string;
      readonly url: string;
      readonly revision: string;
      readonly subdirectory: string | undefined;
      /** An archive in the repository; `undefined`: a source tree. */
      readonly path: string | undefined;
      readonly lfs: boolean;
    }
  | { readonly kind: 'url'; readonly key: string; readonly url: string; readonly subdirectory: string | undefined }
  /** An archive or wheel. */
  | { readonly kind: 'path'; readonly key: string; readonly path: string }
  | { readonly kind: 'directory' | 'editable' | 'virtual'; readonly key: string; readonly path: string };

export type ReadSource = { readonly ok: true; readonly source: LockedSource } | { readonly ok: false; readonly message: string };

const LOCAL_KINDS = ['directory', 'editable', 'virtual'] as const;

/** Reads the `source` of an entry or an edge. Keys that are not known are passed over. */
export function readSource(value: unknown): ReadSource {
  if (!isTable(value)) return { ok: false, message: 'must be a table' };
  const registry = textOf(value, 'registry');
  if (registry !== undefined) {
    return found({ kind: 'registry', key: `registry ${registry}`, index: registry, isDirectory: !isAddress(registry) });
  }
  const git = textOf(value, 'git');
  if (git !== undefined) return readGit(git);
  const url = textOf(value, 'url');
  if (url !== undefined) {
    const subdirectory = textOf(value, 'subdirectory');
    return found({ kind: 'url', key: `url ${url} ${subdirectory ?? ''}`, url, subdirectory });
  }
  const archive = textOf(value, 'path');
  if (archive !== undefined) return found({ kind: 'path', key: `path ${archive}`, path: archive });
  for (const kind of LOCAL_KINDS) {
    const path = textOf(value, kind);
    if (path !== undefined) return found({ kind, key: `${kind} ${path}`, path });
  }
  const known = 'must have one of `registry`, `git`, `url`, `path`, `directory`, `editable` and `virtual`';
  return { ok: false, message: known };
}

/** `https://…?subdirectory=x&rev=main&lfs=true#<commit>` */
function readGit(text: string): ReadSource {
  const [address = '', revision = ''] = text.split('#', 2);
  const [url = '', query = ''] = address.split('?', 2);
  if (!/^[0-9a-f]{40}([0-9a-f]{24})?$/.test(revision)) return { ok: false, message: 'must end in `#` and a full commit' };
  const parameters = new URLSearchParams(query);
  return found({
    kind: 'git',
    key: `git ${text}`,
    url,
    revision,
    subdirectory: parameters.get('subdirectory') ?? undefined,
    path: parameters.get('path') ?? undefined,
    lfs: parameters.get('lfs') === 'true',
  });
}

function found(source: LockedSource): ReadSource {
  return { ok: true, source };
}

export function isAddress(text: string): boolean {
  return /^[a-z][a-z\d+.-]*:\/\//i.test(text);
}

/** A source as messages name it. */
export function describeSource(source: LockedSource): string {
  switch (source.kind) {
    case 'registry':
      return source.index;
    case 'git':
      return `${source.url} at ${source.revision.slice(0, 12)}`;
    case 'url':
      return source.url;
    case 'path':
    case 'directory':
    case 'editable':
    case 'virtual':
      return source.path;
  }
}
