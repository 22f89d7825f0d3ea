import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { withUnits } from '../unit-references.ts';
import type { Variables } from '../written-environment.ts';
import { lengthenStep, type WrittenPackage, type WrittenStep } from '../written-step.ts';

/** What `ferrule.nix` says of a derivation's steps. */
export interface GivenSteps {
  readonly label: string;
  readonly steps: readonly WrittenStep[];
  readonly packages: Readonly<Record<string, WrittenPackage>>;
  readonly words: Readonly<Record<string, readonly string[]>>;
  readonly environments: Readonly<Record<string, Variables>>;
  /** Hashes of its own units, a space between them. */
  readonly units: string;
  /** The same of each need. */
  readonly neededUnits: readonly string[];
  /** Store paths of the needs. */
  readonly needs: readonly string[];
}

/** The steps as they were lowered. */
export function givenSteps({
  label,
  steps,
  packages,
  words,
  environments,
  units: own,
  neededUnits,
  needs,
}: GivenSteps): readonly unknown[] {
  const units = { own: hashes(own), needs: neededUnits.map(hashes) };
  const files = new Map<number, readonly string[]>();
  const filesOf = (need: number): readonly string[] => {
    const known = files.get(need) ?? readdirSync(join(needs[need] ?? '', 'files'));
    files.set(need, known);
    return known;
  };
  return steps.map((step) => lengthenStep(withUnits(step, units), { label, units, packages, words, environments, filesOf }));
}

export function isGivenSteps(value: object): value is GivenSteps {
  return (
    'label' in value &&
    'steps' in value &&
    'words' in value &&
    'environments' in value &&
    'needs' in value &&
    'packages' in value &&
    'units' in value &&
    'neededUnits' in value
  );
}

function hashes(text: string): readonly string[] {
  return text === '' ? [] : text.split(' ');
}
