import type { HostEnvironment } from './host-environment.ts';

/** An index that a project names (`[[tool.uv.index]]`): its name is the way to its credentials. */
export interface NamedIndex {
  readonly name: string | undefined;
  readonly url: string;
  /** Environment variables that name a default index replace it. */
  readonly default: boolean;
}

/** What is below `from` in a lock is asked of `to` instead. */
export interface IndexMirror {
  /** Address of an index as the lock has it. */
  readonly from: string;
  /** Address of one that has the same files: of the simple repository API, or laid out as `from` is. */
  readonly to: string;
}

/** Where indexes are, and what is known of them. */
export interface IndexSettings {
  readonly named: readonly NamedIndex[];
  readonly mirrors: readonly IndexMirror[];
  /** Stands in for every index that is neither mirrored nor named, the project's default one apart (`UV_DEFAULT_INDEX`, `UV_INDEX_URL`). */
  readonly defaultIndex: string | undefined;
}

/** Adds what uv's environment variables say: `UV_DEFAULT_INDEX` before `UV_INDEX_URL`, and names in `UV_INDEX=name=url …`. */
export function indexSettings(options: {
  readonly environment: HostEnvironment;
  readonly named: readonly NamedIndex[];
  readonly mirrors: readonly IndexMirror[];
}): IndexSettings {
  const { environment, named, mirrors } = options;
  const replaced = named.map((index) => {
    const url = extraIndexes(environment['UV_INDEX'] ?? '').find((extra) => extra.name === index.name)?.url;
    return url === undefined || sameAddress(url, index.url) ? [] : [{ from: index.url, to: url }];
  });
  const defaultIndex = environment['UV_DEFAULT_INDEX'] || environment['UV_INDEX_URL'];
  return {
    named,
    mirrors: [...mirrors, ...replaced.flat()],
    defaultIndex: defaultIndex === undefined || defaultIndex === '' ? undefined : splitName(defaultIndex).url,
  };
}

/** The index to ask in the place of `index`; `undefined`: `index` itself. */
export function mirrorOf(settings: IndexSettings, index: string): string | undefined {
  const mirror = settings.mirrors.find((candidate) => sameAddress(candidate.from, index));
  if (mirror !== undefined) return mirror.to;
  const { defaultIndex } = settings;
  const isOther = settings.named.some((named) => !named.default && sameAddress(named.url, index));
  if (defaultIndex === undefined || isOther) return undefined;
  return sameAddress(defaultIndex, index) ? undefined : defaultIndex;
}

/** `url` below `from` as the same place below `to`; `undefined`: it is not below `from`. */
export function rebased(url: string, mirror: IndexMirror): string | undefined {
  const from = withSlash(mirror.from);
  return url.startsWith(from) ? withSlash(mirror.to) + url.slice(from.length) : undefined;
}

/** Variables of uv that hold an index's credentials: `UV_INDEX_NAME_USERNAME`, with the name in upper case and all else as `_`. */
export function credentialVariables(name: string): { readonly username: string; readonly password: string } {
  const form = name.toUpperCase().replaceAll(/[^A-Z0-9]/g, '_');
  return { username: `UV_INDEX_${form}_USERNAME`, password: `UV_INDEX_${form}_PASSWORD` };
}

export function sameAddress(left: string, right: string): boolean {
  return withSlash(withoutUser(left)) === withSlash(withoutUser(right));
}

function extraIndexes(text: string): readonly { readonly name: string; readonly url: string }[] {
  const all = text.split(/\s+/).map(splitName);
  return all.flatMap(({ name, url }) => (name === undefined ? [] : [{ name, url }]));
}

function splitName(text: string): { readonly name: string | undefined; readonly url: string } {
  const [, name, url] = /^([A-Za-z0-9._-]+)=(.+)$/.exec(text) ?? [];
  return name === undefined || url === undefined ? { name: undefined, url: text } : { name, url };
}

function withoutUser(url: string): string {
  return url.replace(/^([a-z]+:\/\/)[^/@]*@/i, '$1');
}

function withSlash(url: string): string {
  return url.endsWith('/') ? url : `${url}/`;
}
