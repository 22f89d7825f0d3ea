import type { Diagnostic, Result } from '../../diagnostics/diagnostic.ts';
import type { Digest } from '../../model/digest.ts';
import type { Store } from '../../store/store.ts';
import type { DistributionName } from '../distribution-name.ts';
import type { EnvironmentPart, EnvironmentRequest } from '../environment.ts';
import {
  absentTreeError,
  caseDiagnostics,
  collisionErrors,
  duplicateError,
  junkWarnings,
  nativeWarnings,
} from './composition-diagnostics.ts';
import { CompositionRules } from './composition-rules.ts';
import { type Contribution, madeAt } from './contribution.ts';
import type { EnvironmentDescription, EnvironmentPlan } from './environment-plan.ts';
import { InstalledDigests } from './installed-digests.ts';
import { installerFile } from './installed-metadata.ts';
import { mergeContributions } from './merge.ts';
import { type NativeReport, type PlacedObject, resolveNativeLibraries } from './native-libraries.ts';
import { ownFiles, ownSiteFiles } from './own-files.ts';
import { partContributions, placeOf } from './part-contributions.ts';
import { rememberedPlan, rememberPlan } from './plan-memory.ts';
import { digestsOf, type PlannedDirectory } from './planned-entry.ts';
import { withReferences } from './references.ts';
import { type SiteLayout, siteLayout } from './site-layout.ts';

/**
 * Decides what stands where in an environment, and reports what will not work. Reads listings of the parts' trees and, to look for system
 * libraries, a few directories of the machine; writes nothing. The same request again,
 * with nothing to report, is answered from a note.
 *
 * Errors: F0960 files of several distributions differ, F0962 they differ in case only (macOS), F0963 a distribution twice, F0964 a file
 * that is the environment's own, F0966 an unpacked wheel is gone, F0968 a bad pattern. Warnings: F0961, F0962, F0965.
 */
export function planEnvironment(options: PlanOptions): Result<EnvironmentPlan> {
  const { request, store } = options;
  const known = options.libraryDirectories === undefined ? rememberedPlan(request, store) : undefined;
  if (known === undefined) return planAnew(options);
  const root = (): PlannedDirectory => {
    const planned = planAnew(options);
    if (!planned.ok) throw new Error('internal: an environment that could be planned no longer can');
    return planned.value.root();
  };
  return { ok: true, value: { key: known.key, root, native: undefined, description: describe(known.digest, request) } };
}

export interface PlanOptions {
  readonly request: EnvironmentRequest;
  readonly store: Store;
  /** Where the machine's dynamic linker looks; `undefined`: the usual directories. */
  readonly libraryDirectories?: readonly string[];
}

function planAnew(options: PlanOptions): Result<EnvironmentPlan> {
  const { request, store } = options;
  const { interpreter, policy } = request;
  const layout = siteLayout(interpreter.interpreter);
  const rules = CompositionRules.of(policy, layout);
  if (!rules.ok) return rules;
  const parts = byName(request.parts);
  if (!parts.ok) return parts;
  const digests = new InstalledDigests(store, request.name);
  const contributions = contributionsOf(options, { layout, digests });
  if (!contributions.ok) return contributions;
  const native = resolveNativeLibraries({
    objects: request.parts.flatMap((part) => placedObjects(part, layout)),
    interpreter,
    declared: policy.libraries,
    directories: options.libraryDirectories,
  });
  const realDirectories = parentsOf(native.reachingOut);
  const merged = mergeContributions(contributions.value, { rules: rules.value, layout, realFiles: native.reachingOut, realDirectories });
  const isCaseBlind = interpreter.interpreter.platform.os === 'macos';
  const found = [
    ...collisionErrors(merged.collisions, parts.value, layout),
    ...caseDiagnostics(merged.caseCollisions, { isCaseBlind, layout }),
    ...junkWarnings(merged.junk, layout),
    ...nativeWarnings(native),
  ];
  if (found.some(({ severity }) => severity === 'error')) return { ok: false, diagnostics: found };
  const plan = finishedPlan({ root: merged.root, request, store, native });
  digests.save();
  if (found.length === 0 && options.libraryDirectories === undefined) {
    rememberPlan({ key: plan.key, digest: plan.description.digest }, options);
  }
  return { ok: true, value: plan, warnings: found };
}

function finishedPlan(options: {
  readonly root: PlannedDirectory;
  readonly request: EnvironmentRequest;
  readonly store: Store;
  readonly native: NativeReport;
}): EnvironmentPlan {
  const { request, store, native } = options;
  const root = withReferences({ root: options.root, parts: request.parts, storeDirectory: store.directory });
  const { standing, portable } = digestsOf(root);
  return { key: standing, root: () => root, native, description: describe(portable, request) };
}

function describe(digest: Digest, request: EnvironmentRequest): EnvironmentDescription {
  const { implementation, version } = request.interpreter.interpreter;
  return {
    digest,
    python: `${implementation} ${version.full}`,
    distributions: request.parts.map(({ kind, origin, wheel }) => ({
      name: origin.name,
      version: origin.version,
      editable: kind === 'editable',
      tree: wheel.tree,
    })),
  };
}

function byName(parts: readonly EnvironmentPart[]): Result<ReadonlyMap<DistributionName, EnvironmentPart>> {
  const known = new Map<DistributionName, EnvironmentPart>();
  const problems: Diagnostic[] = [];
  for (const part of parts) {
    const { name } = part.origin;
    const other = known.get(name);
    if (other === undefined) known.set(name, part);
    else problems.push(duplicateError(name, [other, part]));
  }
  return problems.length === 0 ? { ok: true, value: known } : { ok: false, diagnostics: problems };
}

function contributionsOf(
  { request, store }: PlanOptions,
  { layout, digests }: { readonly layout: SiteLayout; readonly digests: InstalledDigests },
): Result<readonly Contribution[]> {
  const own = [
    ownFiles({ name: request.name, interpreter: request.interpreter, layout }),
    madeAt(layout.sitePackages, { kind: 'made-directory', children: ownSiteFiles(layout) }),
  ];
  const contributions: Contribution[] = own.map((node) => ({ owner: undefined, node }));
  const installer = installerFile(store);
  const absent: Diagnostic[] = [];
  for (const part of request.parts) {
    const found = partContributions(part, { store, layout, installer, digests });
    if (found === undefined) absent.push(absentTreeError(part));
    else contributions.push(...found);
  }
  return absent.length === 0 ? { ok: true, value: contributions } : { ok: false, diagnostics: absent };
}

function placedObjects(part: EnvironmentPart, layout: SiteLayout): readonly PlacedObject[] {
  const owner = part.origin.name;
  return part.wheel.facts.nativeObjects.flatMap((object) => {
    if (part.kind === 'editable' && object.path.startsWith('site/')) return [];
    const path = placeOf(object.path, layout, owner);
    return path === undefined ? [] : [{ owner, path, object }];
  });
}

function parentsOf(paths: ReadonlySet<string>): ReadonlySet<string> {
  const parents = new Set<string>();
  for (const path of paths) {
    for (let end = path.lastIndexOf('/'); end > 0; end = path.lastIndexOf('/', end - 1)) parents.add(path.slice(0, end));
  }
  return parents;
}
