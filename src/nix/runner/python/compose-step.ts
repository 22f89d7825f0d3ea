import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { formatDigest } from '../../../model/digest.ts';
import { normalizeName } from '../../../python/distribution-name.ts';
import type { EnvironmentPart } from '../../../python/environment.ts';
import { planEnvironment } from '../../../python/environment/plan-environment.ts';
import { writeEntries } from '../../../python/environment/write-environment.ts';
import { REFERENCES_FILE } from '../../../store/environments.ts';
import { ENVIRONMENT_FILE } from '../../environment-file.ts';
import type { ComposeStep } from '../../python-steps.ts';
import { interpreterOf } from './interpreter.ts';
import { checkoutLine, readEditable } from './kept-editable.ts';
import { adoptUnpacked } from './kept-wheel.ts';
import { type StepPlace, taken } from './step-place.ts';

/** Composes an environment by the local engine's rules; its links lead to the outputs of the wheels' derivations. */
export async function composeStep({ name, parts: planned, policy }: ComposeStep, place: StepPlace): Promise<void> {
  const { store, output, attributes } = place;
  const interpreter = await interpreterOf(place);
  const parts = planned.map((part): EnvironmentPart => {
    const wheel = adoptUnpacked(store, place.need(part.need));
    const version = part.version ?? wheel.facts.version;
    const directUrl = part.directUrl ?? undefined;
    const origin = { name: normalizeName(part.name), version, span: undefined, directUrl };
    const { sources, modules } = part.kind === 'editable' ? readEditable(place.need(part.need)) : { sources: [], modules: {} };
    if (sources.length === 0 && Object.keys(modules).length === 0) return { kind: 'wheel', wheel, origin };
    return { kind: 'editable', wheel, sources: sources.length === 0 ? [] : [checkoutLine(sources)], modules, origin };
  });
  const libraryDirectories = attributes.patch === null ? undefined : [...attributes.patch.libc, ...searchPaths(parts)];
  const request = { name, interpreter, parts, policy };
  const plan = taken(planEnvironment({ request, store, ...(libraryDirectories === undefined ? {} : { libraryDirectories }) }));
  const entries = new Map(plan.root().entries);
  // Nix finds out by itself what an output refers to.
  entries.delete(REFERENCES_FILE);
  writeEntries(output, { kind: 'directory', entries });
  const { digest, python, distributions } = plan.description;
  const listed = distributions.map((each) => ({ name: each.name, version: each.version }));
  writeFileSync(
    join(output, ENVIRONMENT_FILE),
    `${JSON.stringify({ digest: formatDigest(digest), size: digest.size, python, distributions: listed })}\n`,
  );
}

/** Where the libraries were told to look that wheels have been patched to find. */
function searchPaths(parts: readonly EnvironmentPart[]): readonly string[] {
  const entries = parts.flatMap(({ wheel }) => wheel.facts.nativeObjects.flatMap(({ runpath }) => runpath));
  return [...new Set(entries.filter((entry) => entry.startsWith('/')))];
}
