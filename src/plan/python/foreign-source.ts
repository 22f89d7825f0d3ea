import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ok, type Result } from '../../diagnostics/diagnostic.ts';
import type { Digest } from '../../model/digest.ts';
import type { BuildSubject } from '../../python/build/build-failure.ts';
import { type ProjectManifest, readBuildSystem } from '../../python/build/build-system.ts';
import { compilesNothing } from '../../python/build/compiles-nothing.ts';
import { versionTeller } from '../../python/build/git-version.ts';
import { unpackSourceArchive } from '../../python/build/source-archive.ts';
import type { ResolvedDistribution, ResolvedSource } from '../../python/resolution.ts';
import type { RunContext } from '../run-context.ts';
import type { Store } from '../../store/store.ts';
import { buildSettings } from './build-settings.ts';
import { backendRust } from './backend-rust.ts';
import { BuildStep } from './build-step.ts';
import { overridesFor, overrideVariables } from './distribution-overrides.ts';
import { checkedOut } from './git-checkout.ts';
import { foreignExtensionNode } from './project-node.ts';
import type { PythonPlanner } from './planner.ts';
import type { SourceQuestion } from './source-nodes.ts';
import type { PythonNodeId } from './step.ts';

type ForeignSource = Extract<ResolvedSource, { kind: 'sdist' | 'git' }>;

export interface ForeignQuestion extends SourceQuestion {
  readonly source: ForeignSource;
  readonly label: string;
}

/** Node of a distribution that is built from sources which are not the repository's: they are fetched now, for what builds them is written in them. */
export async function planForeignSource(question: ForeignQuestion): Promise<Result<PythonNodeId>> {
  const { planner, context, distribution, source, label, installed } = question;
  const { store } = context;
  context.progress(`${label} (sources)`);
  const tree = await sourceTree(question);
  if (!tree.ok) return tree;
  const { subdirectory } = source;
  const manifest = await sourceManifest({ store, tree: tree.value, subdirectory, label });
  if (!manifest.ok) return manifest;
  const subject: BuildSubject = { label, span: distribution.span() };
  const { buildSystem } = manifest.value;
  const root = store.treePath(tree.value);
  if (buildSystem.backend === 'maturin' && root !== undefined) {
    return await foreignExtensionNode(planner, { directory: join(root, subdirectory ?? ''), root, installed, label });
  }
  const { name, version } = distribution;
  const { settings: layer, runtime } = question.builtFor;
  const settings = await buildSettings({ name, layers: [layer], runtime, subject });
  if (!settings.ok) return settings;
  const { extraRequires: extra, configSettings, variables } = settings.value;
  const overrides = overridesFor(question.repository.config, { name, version });
  const requires = planner.requirements({ buildSystem, extra, interpreter: installed.interpreter, subject });
  if (!requires.ok) return requires;
  if (root === undefined) throw new Error(`internal: the sources of ${label} are not in the store`);
  const rust = await backendRust({ planner, buildSystem, directory: join(root, subdirectory ?? ''), sourceRoot: root });
  if (!rust.ok) return rust;
  const step = new BuildStep({
    store,
    subject,
    hook: 'wheel',
    interpreter: installed,
    buildSystem,
    compiles: !compilesNothing(manifest.value),
    requires: requires.value,
    configSettings,
    environment: {
      ...lockedVersion(distribution, manifest.value),
      ...variables,
      ...overrideVariables(overrides, context.request.environment),
    },
    rust: rust.value,
    directory: undefined,
    sources: () => ok({ tree: tree.value, subdirectory }),
    origin: source,
  });
  return ok(planner.add({ label, verb: 'build', needs: requires.value, units: [], step }));
}

/** The sources of a distribution that is none of the repository's, fetched unless they were before. */
export async function sourceTree(options: {
  readonly planner: PythonPlanner;
  readonly context: RunContext;
  readonly source: ForeignSource;
  readonly label: string;
}): Promise<Result<Digest>> {
  const { planner, context, source, label } = options;
  if (source.kind === 'git') return await checkedOut({ context, source, label, lock: planner.lock });
  const fetched = await planner.fetcher.fetch(source.artifact);
  if (!fetched.ok) return fetched;
  return await unpackSourceArchive({ store: context.store, ...fetched.value, filename: source.artifact.filename });
}

/** What builds a source tree: its `pyproject.toml`, or the legacy backend where it has none. */
export async function sourceManifest(options: {
  readonly store: Store;
  readonly tree: Digest;
  readonly subdirectory: string | undefined;
  readonly label: string;
}): Promise<Result<ProjectManifest>> {
  const { store, tree, subdirectory, label } = options;
  const root = store.treePath(tree);
  if (root === undefined) throw new Error(`internal: the sources of ${label} are not in the store`);
  const path = join(root, subdirectory ?? '', 'pyproject.toml');
  const text = existsSync(path) ? readFileSync(path, 'utf8') : undefined;
  return await readBuildSystem({ file: `pyproject.toml of ${label}`, text });
}

/** A checkout without `.git` cannot tell its version; the lock does. A source distribution has it written in it. */
function lockedVersion({ source, version }: ResolvedDistribution, manifest: ProjectManifest): Readonly<Record<string, string>> {
  const teller = source.kind === 'git' && version !== undefined ? versionTeller(manifest) : undefined;
  return teller === undefined || version === undefined ? {} : { [teller]: version };
}
