/** Variables. */
export type Variables = Readonly<Record<string, string>>;

/** Variables of a step, sorted by what they tell of. */
export interface SortedVariables {
  /** Of its package: cargo's variables about it. */
  readonly ofPackage: Variables;
  /** Of the machine, by a name that is the same for every machine. */
  readonly ofSystem: Readonly<Record<string, Variables>>;
  readonly others: Variables;
}

const OF_PACKAGE = /^CARGO(?:$|_PKG_|_MANIFEST_)/;
const OF_TARGET = /^(?:CARGO_CFG_(?!FEATURE$)|HOST$|NUM_JOBS$|RUSTC$|RUSTDOC$|TARGET$)/;
const LIBRARY_PATH = /^(?:LD_LIBRARY_PATH|DYLD_FALLBACK_LIBRARY_PATH|PATH|LIBPATH)$/;

/** What differs from machine to machine is kept apart, so that the rest is the same on all. */
export function sortVariables(environment: Variables): SortedVariables {
  const { TARGET: target, HOST: host, PROFILE: profile = '' } = environment;
  const kinds = new Map<string, Record<string, string>>();
  const others: Record<string, string> = {};
  for (const [name, value] of Object.entries(environment).toSorted(([left], [right]) => (left < right ? -1 : 1))) {
    const kind = kindOf(name, value, { platform: target === host ? 'host' : 'target', profile });
    const group = kind === undefined ? others : (kinds.get(kind) ?? {});
    group[name] = value;
    if (kind !== undefined) kinds.set(kind, group);
  }
  const { '': ofPackage = {}, ...ofSystem } = Object.fromEntries(kinds);
  return { ofPackage, ofSystem, others };
}

/** `''`: its package; `undefined`: nothing that it shares with others. */
function kindOf(name: string, value: string, { platform, profile }: Readonly<Record<'platform' | 'profile', string>>): string | undefined {
  if (OF_PACKAGE.test(name)) return '';
  if (profile !== '' && OF_TARGET.test(name)) return `${platform}-${profile}`;
  if (!LIBRARY_PATH.test(name)) return undefined;
  const [first = ''] = value.split(':');
  return `libraries${profile === '' ? '' : `-${platform}`}${first.replaceAll(/[^A-Za-z0-9]+/g, '-')}`;
}
