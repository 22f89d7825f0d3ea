import { type Diagnostic } from '../diagnostics/diagnostic.ts';

/** An output or a check that one system cannot have, and why. */
export interface LeftOut {
  /** Nix's name of the system. */
  readonly system: string;
  /** `pnt-cli:env`, `pnt-cli:pytest` */
  readonly output: string;
  readonly diagnostics: readonly Diagnostic[];
}

/** Reasons that are Nix's and not the repository's. */
const BEYOND_NIX: ReadonlySet<string> = new Set(['F1157', 'F1161', 'F1162']);

/**
 * What is said of outputs that were left out. A lock without a wheel for one system does not take the others from it: F1160, a warning.
 * What no system has is wrong with the repository, and said as it is, unless it is only Nix that cannot build it.
 */
export function leftOutDiagnostics(leftOut: readonly LeftOut[], systems: readonly string[]): readonly Diagnostic[] {
  const outputs = new Map<string, LeftOut[]>();
  const known = new Set(leftOut.map(({ system, output }) => `${system} ${output}`));
  // What an environment lacks, the editable one lacks as well.
  const isSaid = ({ system, output }: LeftOut): boolean =>
    output.endsWith(':editable') && known.has(`${system} ${output.replace(/:editable$/, ':env')}`);
  const told = leftOut.filter((one) => !isSaid(one));
  for (const one of told) outputs.set(one.output, [...(outputs.get(one.output) ?? []), one]);
  return [...outputs.values()].flatMap((same) => {
    const own = same[0]?.diagnostics ?? [];
    const isEverywhere = same.length === systems.length;
    return isEverywhere && own.some(({ code }) => !BEYOND_NIX.has(code)) ? own : [leftOutWarning(same)];
  });
}

function leftOutWarning(same: readonly LeftOut[]): Diagnostic {
  const reasons = new Map<string, string[]>();
  for (const { system, diagnostics } of same) {
    const reason = diagnostics[0]?.message ?? '';
    reasons.set(reason, [...(reasons.get(reason) ?? []), system]);
  }
  return {
    code: 'F1160',
    severity: 'warning',
    blame: 'input',
    message: `the flake has no \`${same[0]?.output ?? ''}\` for ${same.map(({ system }) => system).join(', ')}`,
    facts: [...reasons].map(([reason, systems]) => [systems.length === same.length ? 'reason' : systems.join(', '), reason] as const),
  };
}
