import type { ElfFile } from '../elf.ts';
import { FIRST_MINOR, MANYLINUX_MINORS, PROMISED_LIBRARIES, SYMBOL_VERSIONS, WITHHELD_SYMBOLS } from './manylinux-table.ts';

/** What a compiled file asks of the system it runs on. */
export interface SystemNeeds extends Pick<ElfFile, 'machine' | 'needed' | 'symbolVersions'> {
  /** Symbols it cannot do without (undefined and not weak). */
  readonly imports: readonly string[];
}

/** How a compiled file fares by one manylinux policy. */
export type PolicyVerdict =
  | { readonly kind: 'kept' }
  /** The libraries, sorted, would have to come with the wheel. */
  | { readonly kind: 'foreign-libraries'; readonly libraries: readonly string[] }
  /** What is too new or withheld, as users know it: `GLIBC_2.34 of libc.so.6`. */
  | { readonly kind: 'too-new'; readonly what: readonly string[] }
  | { readonly kind: 'unknown-machine' };

const LIBPYTHON = /^libpython3\.\d+m?u?t?\.so\.\d+\.\d+$/;

export function isLibPython(library: string): boolean {
  return LIBPYTHON.test(library);
}

/** Judges by the policy of one minor version of glibc (auditwheel; maturin `src/auditwheel/linux.rs`, `policy_is_satisfied`). */
export function judge(needs: SystemNeeds, options: { readonly minor: number; readonly mayLinkPython: boolean }): PolicyVerdict {
  const { minor, mayLinkPython } = options;
  const versions = SYMBOL_VERSIONS[needs.machine];
  if (versions === undefined || (FIRST_MINOR[needs.machine] ?? Infinity) > minor) return { kind: 'unknown-machine' };
  const withheld = needs.needed.flatMap((library) => withheldSymbols(library, { needs, minor }));
  const newer = [...needs.symbolVersions].flatMap(([library, asked]) =>
    isPromised(library, minor)
      ? asked.filter((version) => isTooNew(version, { versions, minor })).map((one) => `${one} of ${library}`)
      : [],
  );
  if (withheld.length + newer.length > 0) return { kind: 'too-new', what: [...withheld, ...newer] };
  const libraries = [...needs.needed, ...needs.symbolVersions.keys()].filter(
    (library) => !isLinker(library) && !isPromised(library, minor) && !(mayLinkPython && isLibPython(library)),
  );
  return libraries.length === 0 ? { kind: 'kept' } : { kind: 'foreign-libraries', libraries: [...new Set(libraries)].toSorted() };
}

/** The most portable policy whose symbols suffice, whether or not libraries have to come along; `undefined`: none. */
export function mostPortable(
  needs: SystemNeeds,
  options: { readonly mayLinkPython: boolean },
): { readonly minor: number; readonly verdict: PolicyVerdict } | undefined {
  for (const minor of MANYLINUX_MINORS) {
    const verdict = judge(needs, { ...options, minor });
    if (verdict.kind === 'kept' || verdict.kind === 'foreign-libraries') return { minor, verdict };
  }
  return undefined;
}

function isPromised(library: string, minor: number): boolean {
  return (PROMISED_LIBRARIES[library] ?? Infinity) <= minor;
}

/** The dynamic linker itself, which libraries may name. */
export function isLinker(library: string): boolean {
  return /^ld-linux|^ld64\.so\.[12]$|^ld-musl/.test(library);
}

/** `GLIBC_2.34`: whether the policy's systems may not have it. A word without `_` says nothing. */
function isTooNew(version: string, policy: { readonly versions: Readonly<Record<string, string>>; readonly minor: number }): boolean {
  const split = version.indexOf('_');
  if (split === -1) return false;
  const table = policy.versions[version.slice(0, split)];
  return table === undefined || !promisedIn(table, policy.minor).has(version.slice(split + 1));
}

/** `5: 2.2.5 2.3; 12: 2.6`: everything up to the policy. */
function promisedIn(table: string, minor: number): ReadonlySet<string> {
  const promised = new Set<string>();
  for (const part of table.split('; ')) {
    const [since, words] = part.split(': ');
    if (Number(since) <= minor) for (const word of words?.split(' ') ?? []) promised.add(word);
  }
  return promised;
}

function withheldSymbols(library: string, question: { readonly needs: SystemNeeds; readonly minor: number }): readonly string[] {
  const imports = new Set(question.needs.imports);
  return Object.entries(WITHHELD_SYMBOLS[library] ?? {})
    .filter(([last]) => question.minor <= Number(last))
    .flatMap(([, symbols]) => symbols.split(' '))
    .filter((symbol) => imports.has(symbol))
    .map((symbol) => `${symbol} of ${library}`);
}
