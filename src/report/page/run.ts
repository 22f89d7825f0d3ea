import type { ReportData, ReportUnit } from '../report-data.ts';

/** The data of the page, with what all parts of it ask. */
export interface Run {
  readonly data: ReportData;
  readonly units: readonly ReportUnit[];
  /** By unit: those that are directly built from it. */
  readonly dependents: readonly (readonly number[])[];
  /** By unit: its place on the longest chain. */
  readonly chainPlaces: ReadonlyMap<number, number>;
}

export function readRun(text: string): Run {
  const data: ReportData = JSON.parse(text);
  const dependents: number[][] = data.units.map(() => []);
  for (const [id, { dependencies }] of data.units.entries()) for (const below of dependencies) dependents[below]?.push(id);
  return { data, units: data.units, dependents, chainPlaces: new Map(data.chain.map(({ unit }, place) => [unit, place])) };
}

/** Milliseconds that a unit ran in this run; `undefined`: it did not. */
export function elapsedOf({ startedAt, endedAt }: ReportUnit): number | undefined {
  return startedAt === undefined || endedAt === undefined ? undefined : endedAt - startedAt;
}

/** Milliseconds from the first unit's start to the last one's end. */
export function spanOf(units: readonly ReportUnit[]): number {
  const ran = units.filter((unit) => elapsedOf(unit) !== undefined);
  return ran.length === 0 ? 0 : Math.max(...ran.map(({ endedAt = 0 }) => endedAt)) - Math.min(...ran.map(({ startedAt = 0 }) => startedAt));
}

/** Milliseconds of all units together. */
export function workOf(units: readonly ReportUnit[]): number {
  return units.reduce((sum, unit) => sum + (elapsedOf(unit) ?? 0), 0);
}

/** What of a unit its colour stands for. */
export type Family = 'compile' | 'script' | 'python' | 'check';

export function familyOf({ verb }: ReportUnit): Family {
  if (verb === 'compile') return 'compile';
  if (verb === 'run') return 'script';
  return verb === 'fetch' || verb === 'build' || verb === 'pack' || verb === 'compose' ? 'python' : 'check';
}

export const FAMILY_WORDS: Readonly<Record<Family, string>> = {
  compile: 'compile',
  script: 'build script',
  python: 'Python',
  check: 'check',
};

/** What became of a unit, in a word. */
export function outcomeWord({ outcome, verb }: ReportUnit): string {
  return outcome === 'executed' ? (DONE_WORDS[verb] ?? 'passed') : OUTCOME_WORDS[outcome];
}

/** Of what was done well, by verb; what is not here is a check. */
const DONE_WORDS: Readonly<Record<string, string | undefined>> = {
  compile: 'built',
  check: 'checked',
  run: 'ran',
  fetch: 'fetched',
  build: 'built',
  pack: 'packed',
  compose: 'composed',
};

const OUTCOME_WORDS: Readonly<Record<ReportUnit['outcome'], string>> = {
  executed: 'built',
  cached: 'reused',
  failed: 'failed',
  skipped: 'not tried',
};
