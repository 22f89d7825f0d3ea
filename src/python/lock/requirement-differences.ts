import type { DeclaredRequirement } from '../project/project.ts';
import { evaluateMarker, type Marker } from '../version/marker.ts';
import {
  type ComparableRequirement,
  type Condition,
  expectedRequirements,
  isVirtualIn,
  type LoweringContext,
  recordedRequirement,
  type RequirementSeat,
  withoutForm,
} from './expected-requirement.ts';
import type { LockedRequirement } from './lock.ts';
import { sampleEnvironments, type SampleEnvironment } from './sample-environments.ts';

export interface SeatedRequirement {
  readonly declared: DeclaredRequirement;
  readonly seat: RequirementSeat;
}

/** What one side has and the other has not, or not under the same conditions. */
export interface RequirementDifferences {
  readonly declaredOnly: readonly DeclaredRequirement[];
  readonly recordedOnly: readonly LockedRequirement[];
}

/**
 * Compares what a project declares with what its lock recorded. Markers are compared by what they say, not by how it is written:
 * uv writes them simplified.
 */
export function requirementDifferences(
  declared: readonly SeatedRequirement[],
  recorded: readonly LockedRequirement[],
  context: LoweringContext,
): RequirementDifferences {
  const expected = declared.flatMap(({ declared: requirement, seat }) =>
    expectedRequirements(requirement, seat, context).map((comparable) => ({ origin: requirement, comparable })),
  );
  const found = recorded.map((requirement) => ({ origin: requirement, comparable: recordedRequirement(requirement, context.lock) }));
  const formless = new Set(
    recorded.filter(isVirtualIn).map((requirement) => withoutForm(recordedRequirement(requirement, context.lock).key)),
  );
  const keyOf = ({ key }: ComparableRequirement): string => (formless.has(withoutForm(key)) ? withoutForm(key) : key);
  const keys = new Set([...expected, ...found].map(({ comparable }) => keyOf(comparable)));
  const declaredOnly = new Set<DeclaredRequirement>();
  const recordedOnly = new Set<LockedRequirement>();
  for (const key of keys) {
    const mine = expected.filter(({ comparable }) => keyOf(comparable) === key);
    const theirs = found.filter(({ comparable }) => keyOf(comparable) === key);
    const conditions = {
      left: mine.map(({ comparable }) => comparable.condition),
      right: theirs.map(({ comparable }) => comparable.condition),
    };
    if (holdAlike(conditions, context.lock.requiresPython)) continue;
    for (const { origin } of mine) declaredOnly.add(origin);
    for (const { origin } of theirs) recordedOnly.add(origin);
  }
  return { declaredOnly: [...declaredOnly], recordedOnly: [...recordedOnly] };
}

interface Conditions {
  readonly left: readonly Condition[];
  readonly right: readonly Condition[];
}

/** Whether one of the left holds exactly where one of the right does. */
function holdAlike({ left, right }: Conditions, requiresPython: string | undefined): boolean {
  const markers = [...left, ...right].flatMap(({ all, none }) => [...all, ...none]);
  for (const sample of sampleEnvironments(markers, requiresPython)) {
    if (anyHolds(left, sample) !== anyHolds(right, sample)) return false;
  }
  return true;
}

function anyHolds(conditions: readonly Condition[], { environment, extras }: SampleEnvironment): boolean {
  const holds = (marker: Marker): boolean => evaluateMarker({ marker, environment, extras });
  return conditions.some(({ all, none }) => all.every(holds) && !none.some(holds));
}
