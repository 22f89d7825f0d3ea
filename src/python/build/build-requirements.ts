import { type Diagnostic, fail, ok, type Result } from '../../diagnostics/diagnostic.ts';
import { compareBytes } from '../../model/wire.ts';
import type { FerruleLock, LockedBuildChoice, LockedBuildSystem, LockedBuildWheel } from '../../repository/ferrule-lock.ts';
import type { Artifact } from '../artifact.ts';
import { type DistributionName, normalizeName } from '../distribution-name.ts';
import type { Interpreter } from '../interpreter.ts';
import { evaluateMarker, parseMarker } from '../version/marker.ts';
import { formatRequirement, parseRequirement } from '../version/requirement.ts';
import { type SupportedTags, supportedTags } from '../version/supported-tags.ts';
import { parseWheelFilename } from '../wheel-filename.ts';
import type { BuildSubject } from './build-failure.ts';

/** The part of `ferrule.lock` that is about builds. */
export type BuildLock = Pick<FerruleLock, 'buildSystems' | 'buildPackages'>;

/** A build requirement, chosen for an interpreter. */
export interface ChosenRequirement {
  readonly name: DistributionName;
  readonly version: string;
  readonly wheel: Artifact;
}

export interface RequirementsQuestion {
  /** `undefined`: there is no `ferrule.lock`. */
  readonly lock: BuildLock | undefined;
  /** As the project writes them, with what `extra-build-dependencies` adds. */
  readonly requires: readonly string[];
  readonly interpreter: Interpreter;
  readonly subject: BuildSubject;
}

/**
 * The wheels that a project is built with, from `ferrule.lock` alone: nothing is resolved here. Sorted by name. F0985: the lock has
 * no entry for these requirements. F0989: a package has no wheel for this interpreter.
 */
export function chooseBuildRequirements(question: RequirementsQuestion): Result<readonly ChosenRequirement[]> {
  const { lock, interpreter, subject } = question;
  const requires = normalRequirements(question.requires);
  const system = lock === undefined ? undefined : findBuildSystem(lock, question.requires);
  if (lock === undefined || system === undefined) {
    // Nothing required, as for a backend inside the project: there is nothing to pin.
    return requires.length === 0 ? ok([]) : fail(notLocked(subject, requires));
  }
  const tags = supportedTags(interpreter);
  const chosen: ChosenRequirement[] = [];
  const problems: Diagnostic[] = [];
  for (const choice of system.packages.filter((entry) => applies(entry, interpreter))) {
    const found = lock.buildPackages.find((entry) => entry.name === choice.name && entry.version === choice.version);
    const wheel = found === undefined ? undefined : bestWheel(found.wheels, tags);
    if (wheel === undefined) problems.push(noWheel(subject, choice, interpreter));
    else chosen.push({ name: normalizeName(choice.name), version: choice.version, wheel: artifactOf(wheel, found?.index) });
  }
  return problems.length === 0 ? ok(chosen.toSorted((left, right) => compareBytes(left.name, right.name))) : fail(...problems);
}

/** The set as `ferrule.lock` names it: each in its normal form, sorted, without repetitions. A text that is no requirement stays as it is. */
export function normalRequirements(texts: readonly string[]): readonly string[] {
  const normal = texts.map((text) => {
    const parsed = parseRequirement(text);
    return parsed.ok ? formatRequirement(parsed.requirement) : text.trim();
  });
  return [...new Set(normal)].toSorted(compareBytes);
}

function sameTexts(left: readonly string[], right: readonly string[]): boolean {
  return left.length === right.length && left.every((text, index) => text === right[index]);
}

/** The set of a lock that has these requirements; `undefined`: none has. */
export function findBuildSystem(lock: BuildLock, requires: readonly string[]): LockedBuildSystem | undefined {
  const normal = normalRequirements(requires);
  return lock.buildSystems.find((entry) => sameTexts(entry.requires, normal));
}

function applies(choice: LockedBuildChoice, interpreter: Interpreter): boolean {
  if (choice.marker === undefined) return true;
  const parsed = parseMarker(choice.marker);
  return parsed.ok && evaluateMarker({ marker: parsed.marker, environment: interpreter.markers, extras: new Set() });
}

function bestWheel(wheels: readonly LockedBuildWheel[], tags: SupportedTags): LockedBuildWheel | undefined {
  let best: { readonly wheel: LockedBuildWheel; readonly priority: number } | undefined;
  for (const wheel of wheels) {
    const filename = parseWheelFilename(wheel.file);
    const priority = filename === undefined ? undefined : tags.priority(filename);
    if (priority !== undefined && (best === undefined || priority > best.priority)) best = { wheel, priority };
  }
  return best?.wheel;
}

function artifactOf({ file, url, sha256, size }: LockedBuildWheel, index: string | undefined): Artifact {
  return { filename: file, location: { kind: 'url', url, index }, hash: { algorithm: 'sha256', hex: sha256 }, size };
}

function notLocked(subject: BuildSubject, requires: readonly string[]): Diagnostic {
  return {
    code: 'F0985',
    severity: 'error',
    blame: 'input',
    message: `what \`${subject.label}\` is built with is not in \`ferrule.lock\``,
    ...(subject.span === undefined ? {} : { span: subject.span }),
    facts: requires.map((requirement): [string, string] => ['requires', requirement]),
    hints: ['run `ferrule lock`, which resolves build requirements and pins them by hash'],
  };
}

function noWheel(subject: BuildSubject, choice: LockedBuildChoice, interpreter: Interpreter): Diagnostic {
  const { platform, implementation, version } = interpreter;
  return {
    code: 'F0989',
    severity: 'error',
    blame: 'input',
    message: `building \`${subject.label}\` needs \`${choice.name}\`, which has no wheel for this interpreter`,
    ...(subject.span === undefined ? {} : { span: subject.span }),
    facts: [
      ['locked', `${choice.name} ${choice.version}`],
      ['interpreter', `${implementation} ${version.full} on ${platform.os} ${platform.arch}`],
    ],
    hints: ['constrain it in `build-constraint-dependencies` to a version that has one, then run `ferrule lock`'],
  };
}
