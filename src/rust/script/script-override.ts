import { fail, ok, type Result } from '../../diagnostics/diagnostic.ts';
import type { ScriptRunUnit } from '../planned-unit.ts';
import { directiveDiagnostic } from './script-diagnostics.ts';
import { readRustcFlags, splitOnce } from './script-lines.ts';
import type { LinkArgument, LinkScope, LinkSearch, ScriptOutput } from './script-output.ts';
import { DirectiveError } from './script-refusal.ts';

/**
 * What a `[target.TRIPLE.LINKS]` table of cargo's configuration says in the script's stead (cargo 1.95
 * `src/cargo/util/context/target.rs`, `parse_links_overrides`). Other rules than for a script's words: keys are read in
 * alphabetical order, there is no check against the package's targets, every search path counts as external, and an unknown
 * key is metadata. Fails, with blame `input`, on a key cargo does not allow here. Throws when the unit has no override.
 */
export function overrideOutput(unit: Pick<ScriptRunUnit, 'label' | 'override'>): Result<ScriptOutput> {
  if (unit.override === undefined) throw new Error(`internal: ${unit.label} has no override`);
  const draft: Draft = { linkLibraries: [], linkSearch: [], linkArguments: [], cfgs: [], checkCfgs: [], environment: [], metadata: [] };
  for (const [key, value] of sortedPairs(unit.override.lines)) {
    try {
      applyPair(key, value, draft);
    } catch (error) {
      if (!(error instanceof DirectiveError)) throw error;
      const line = { text: `${key}=${value}`, oldSyntax: true, data: `${key}=${value}` };
      return fail({ ...directiveDiagnostic(error, line, unit.label), blame: 'input' });
    }
  }
  return ok({ ...draft, warnings: [], errors: [], rerunIfChanged: [], rerunIfEnvChanged: [] });
}

interface Draft {
  readonly linkLibraries: string[];
  readonly linkSearch: LinkSearch[];
  readonly linkArguments: LinkArgument[];
  readonly cfgs: string[];
  readonly checkCfgs: string[];
  readonly environment: (readonly [name: string, value: string])[];
  readonly metadata: (readonly [key: string, value: string])[];
}

function sortedPairs(lines: readonly string[]): readonly (readonly [key: string, value: string])[] {
  return lines
    .map((line) => splitOnce(line, '=') ?? ([line, ''] as const))
    .toSorted(([left], [right]) => (left < right ? -1 : left > right ? 1 : 0));
}

const LINK_SCOPES: ReadonlyMap<string, LinkScope> = new Map([
  ['rustc-link-arg', { kind: 'all' }],
  ['rustc-link-arg-cdylib', { kind: 'cdylib' }],
  ['rustc-cdylib-link-arg', { kind: 'cdylib' }],
  ['rustc-link-arg-bins', { kind: 'bins' }],
  ['rustc-link-arg-tests', { kind: 'tests' }],
  ['rustc-link-arg-benches', { kind: 'benches' }],
  ['rustc-link-arg-examples', { kind: 'examples' }],
]);

function applyPair(key: string, value: string, draft: Draft): void {
  const scope = LINK_SCOPES.get(key);
  if (scope !== undefined) {
    draft.linkArguments.push({ scope, value });
    return;
  }
  switch (key) {
    case 'rustc-flags': {
      const flags = readRustcFlags(value);
      draft.linkLibraries.push(...flags.libraries);
      for (const path of flags.paths) draft.linkSearch.push({ value: path, inOutDirectory: false });
      return;
    }
    case 'rustc-link-lib':
      draft.linkLibraries.push(value);
      return;
    case 'rustc-link-search':
      draft.linkSearch.push({ value, inOutDirectory: false });
      return;
    case 'rustc-cfg':
      draft.cfgs.push(value);
      return;
    case 'rustc-check-cfg':
      draft.checkCfgs.push(value);
      return;
    case 'rustc-env': {
      const parts = splitOnce(value, '=');
      if (parts === undefined) throw new DirectiveError({ kind: 'no-variable-value', value });
      draft.environment.push(parts);
      return;
    }
    case 'warning':
    case 'rerun-if-changed':
    case 'rerun-if-env-changed':
      throw new DirectiveError({ kind: 'not-in-override', key });
    default:
      draft.metadata.push([key, value]);
  }
}
