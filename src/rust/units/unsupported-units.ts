import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import type { RustFacts } from '../facts.ts';
import type { Unit } from '../unit.ts';

/** What cargo accepts and a build of ours would get wrong: said once per cause, instead of building something else. */
export function unsupportedUnits(facts: RustFacts): readonly Diagnostic[] {
  const causes = new Map<string, Diagnostic>();
  for (const unit of facts.graph.units) {
    for (const [what, hint] of unsupportedParts(unit)) {
      if (!causes.has(what)) causes.set(what, unsupported({ what, hint, unit }));
    }
  }
  return [...causes.values()];
}

function unsupportedParts(unit: Unit): readonly (readonly [what: string, hint: string])[] {
  const parts: (readonly [string, string])[] = [];
  if (unit.mode === 'doc') parts.push(['documentation', 'run `cargo doc`']);
  if (unit.profile.trimPaths !== undefined) {
    parts.push(['the unstable profile key `trim-paths`', 'remove it: paths are the same in every checkout already']);
  }
  if (unit.platform?.endsWith('.json') === true) {
    parts.push(['a custom target specification', 'build for one of the targets `rustc --print target-list` names']);
  }
  return parts;
}

function unsupported(options: { readonly what: string; readonly hint: string; readonly unit: Unit }): Diagnostic {
  const { what, hint, unit } = options;
  return {
    code: 'F0241',
    severity: 'error',
    blame: 'input',
    message: `${what} is not supported`,
    facts: [['first needed by', `${unit.package.name} v${unit.package.version}`]],
    hints: [hint],
  };
}
