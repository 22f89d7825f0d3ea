import type { Diagnostic, Result } from '../../src/diagnostics/diagnostic.ts';
import { withoutColour } from '../../src/rust/cargo/cargo-failure.ts';
import type { GatheredFacts } from '../../src/rust/cargo/gather-facts.ts';
import type { Unit } from '../../src/rust/unit.ts';
import { lockOf, manifest } from './cargo-fixture.ts';

/** A workspace of one empty library. */
export const single = { 'Cargo.toml': manifest('one'), 'Cargo.lock': lockOf('one'), 'src/lib.rs': '' };

export function facts(result: Result<GatheredFacts>): GatheredFacts['facts'] {
  if (!result.ok) throw new Error(JSON.stringify(result.diagnostics, null, 1));
  return result.value.facts;
}

/** Diagnostics as text, without paths of this machine. */
export function problems(result: Result<GatheredFacts>, root: string): string {
  const diagnostics = result.ok ? (result.warnings ?? []) : result.diagnostics;
  return diagnostics.map((diagnostic) => print(diagnostic).replaceAll(root, '[ROOT]')).join('\n\n');
}

function print(diagnostic: Diagnostic): string {
  return [
    `${diagnostic.severity}[${diagnostic.code}] (${diagnostic.blame}): ${diagnostic.message}`,
    ...(diagnostic.facts ?? []).map(([label, value]) => `  ${label}: ${value}`),
    ...(diagnostic.hints ?? []).map((hint) => `hint: ${hint}`),
  ].join('\n');
}

/** cargo's or rustc's own text in the only diagnostic. */
export function outputOf(result: Result<GatheredFacts>): string {
  const [first] = result.ok ? [] : result.diagnostics;
  return withoutColour(first?.output ?? '');
}

export function unitOf(result: Result<GatheredFacts>, name: string): Unit {
  const unit = facts(result).graph.units.find((candidate) => candidate.target.name === name);
  if (unit === undefined) throw new Error(`no unit ${name}`);
  return unit;
}
