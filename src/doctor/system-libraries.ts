import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import type { FerruleConfig } from '../repository/config.ts';
import { spanAt } from '../repository/file-span.ts';
import { nativeNeeds, type NativePlatform } from '../rust/native/native-libraries.ts';
import { NATIVE_LIBRARIES } from '../rust/native/native-libraries-table.ts';
import type { NativeOverride } from '../rust/native/native-override.ts';
import type { LibraryPlaces } from '../rust/native/system-libraries.ts';
import { resolveNeeds } from '../rust/native/system-needs.ts';
import type { ToolPlaces } from '../rust/native/system-tools.ts';
import type { CheckedRepository } from './checked-repository.ts';

/** The machine, as far as native crates ask about it. */
export interface NativeMachine {
  readonly platform: NativePlatform;
  readonly libraryPlaces: LibraryPlaces;
  readonly toolPlaces: ToolPlaces;
  /** Whether the user has set a variable. */
  readonly isSet: (variable: string) => boolean;
}

export interface SystemLibraries {
  /** Crates of the locks and what of the system each needs, sorted by name: `openssl-sys` and `openssl`. */
  readonly needed: readonly (readonly [crate: string, what: string])[];
  /** F1111: what is not there. */
  readonly diagnostics: readonly Diagnostic[];
}

/** What the crates of the locks need of the system, as far as names tell: which features are on is known only to a plan. */
export function examineSystemLibraries(repository: CheckedRepository, machine: NativeMachine): SystemLibraries {
  const overrides = nativeOverrides(repository.config);
  const known = new Set([...NATIVE_LIBRARIES.map(({ crate }) => crate), ...overrides.map(({ crate }) => crate)]);
  const needed = new Map<string, string>();
  const diagnostics: Diagnostic[] = [];
  for (const lock of repository.files.filter((path) => path.endsWith('Cargo.lock'))) {
    const text = repository.text(lock) ?? '';
    const features = text.includes('name = "openssl-src"') ? ['vendored'] : [];
    for (const match of text.matchAll(/^name = "([^"]+)"\nversion = "([^"]+)"\nsource = /gm)) {
      const [whole, crate = '', version = ''] = match;
      if (!known.has(crate)) continue;
      const question = { crate, version, links: undefined, features, buildDependencies: [], declaredModules: [], overrides };
      const needs = nativeNeeds({ ...question, platform: machine.platform, isSet: machine.isSet });
      const wanted = [...needs.modules, ...needs.libraries, ...needs.tools].filter(
        ({ required, name }) => required && name !== 'pkg-config',
      );
      if (wanted.length === 0) continue;
      needed.set(crate, wanted.map(({ name }) => name).join(', '));
      const system = resolveNeeds({ crate, version, needs, libraryPlaces: machine.libraryPlaces, toolPlaces: machine.toolPlaces });
      if (system.ok) continue;
      const span = spanAt({ file: lock, text, start: match.index, end: match.index + whole.indexOf('\n') });
      diagnostics.push(...system.diagnostics.map((missing) => asFinding(missing, crate, span)));
    }
  }
  return { needed: [...needed].toSorted(([left], [right]) => (left < right ? -1 : 1)), diagnostics };
}

function nativeOverrides({ overrides }: FerruleConfig): readonly NativeOverride[] {
  return overrides.flatMap(({ subject, ...override }) => (subject.kind === 'crate' ? [{ ...override, crate: subject.name }] : []));
}

function asFinding(missing: Diagnostic, crate: string, span: NonNullable<Diagnostic['span']>): Diagnostic {
  const without = [...new Set(NATIVE_LIBRARIES.flatMap((row) => (row.crate === crate ? (row.without ?? []) : [])))];
  const unless = without.length === 0 ? [] : [`with the crate's feature \`${without.join('` or `')}\` it may not be needed`];
  return { ...missing, code: 'F1111', severity: 'warning', span, hints: [...(missing.hints ?? []), ...unless] };
}
