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
    const samples = environmentsFor([...mine, ...theirs], context.lock.requiresPython);
    for (const { origin } of beyond(mine, theirs, samples)) declaredOnly.add(origin);
    for (const { origin } of beyond(theirs, mine, samples)) recordedOnly.add(origin);
  }
  return { declaredOnly: [...declaredOnly], recordedOnly: [...recordedOnly] };
}

interface Conditioned {
  readonly comparable: ComparableRequirement;
}

function environmentsFor(requirements: readonly Conditioned[], requiresPython: string | undefined): readonly SampleEnvironment[] {
  const markers = requirements.flatMap(({ comparable: { condition } }) => [...condition.all, ...condition.none]);
  return [...sampleEnvironments(markers, requiresPython)];
}

/** Those of one side that hold somewhere where none of the other side does. */
function beyond<T extends Conditioned>(
  side: readonly T[],
  other: readonly Conditioned[],
  samples: readonly SampleEnvironment[],
): readonly T[] {
  const uncovered = samples.filter((sample) => !other.some(({ comparable }) => holds(comparable.condition, sample)));
  return side.filter(({ comparable }) => uncovered.some((sample) => holds(comparable.condition, sample)));
}

function holds({ all, none }: Condition, { environment, extras }: SampleEnvironment): boolean {
  const isTrue = (marker: Marker): boolean => evaluateMarker({ marker, environment, extras });
  return all.every(isTrue) && !none.some(isTrue);
}
