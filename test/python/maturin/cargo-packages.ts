import { execFileSync } from 'node:child_process';
import { dirname, resolve } from 'node:path';
import * as v from 'valibot';
import type { CrateFacts, StableAbi } from '../../../src/python/maturin/crate-facts.ts';
import type { PackingProject } from '../../../src/python/maturin/packing-project.ts';
import { cargoEnvironment } from './cargo-environment.ts';

/** What `cargo metadata` says of a project, as far as packing needs it. */
export interface CargoPackages {
  readonly crate: CrateFacts;
  readonly root: { readonly id: string; readonly manifestPath: string };
  /** What maturin will ask for. */
  readonly built: readonly RootTarget[];
  readonly bindings: 'module' | 'programs';
  readonly stableAbi: StableAbi | undefined;
}

export interface RootTarget {
  readonly name: string;
  readonly kind: 'cdylib' | 'bin';
  /** As `cargo metadata` has it. */
  readonly metadata: Readonly<Record<string, unknown>>;
}

const text = v.nullish(v.string());
const packageSchema = v.object({
  id: v.string(),
  name: v.string(),
  version: v.string(),
  manifest_path: v.string(),
  authors: v.array(v.string()),
  keywords: v.array(v.string()),
  description: text,
  homepage: text,
  documentation: text,
  repository: text,
  license: text,
  license_file: text,
  readme: text,
  targets: v.array(
    v.looseObject({ name: v.string(), kind: v.array(v.string()), 'required-features': v.optional(v.array(v.string()), []) }),
  ),
});
const schema = v.object({
  packages: v.array(packageSchema),
  workspace_root: v.string(),
  resolve: v.object({ nodes: v.array(v.object({ id: v.string(), features: v.array(v.string()) })) }),
});
type Package = v.InferOutput<typeof packageSchema>;

export function cargoPackages(project: PackingProject): CargoPackages {
  const manifestPath = resolve(project.directory, project.settings.manifestPath ?? 'Cargo.toml');
  const features = project.settings.features.flatMap(({ feature, pythonVersion }) => (pythonVersion === undefined ? [feature] : []));
  const words = ['metadata', '--format-version=1', '--manifest-path', manifestPath];
  if (features.length > 0) words.push('--features', features.join(','));
  const answer = execFileSync('cargo', words, {
    encoding: 'utf8',
    maxBuffer: 1 << 28,
    env: cargoEnvironment(),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const metadata = v.parse(schema, JSON.parse(answer));
  const root = metadata.packages.find((one) => one.manifest_path === manifestPath);
  if (root === undefined) throw new Error(`no package at ${manifestPath}`);
  const library = targetsOf(root, 'cdylib').length > 0 ? targetsOf(root, 'cdylib') : targetsOf(root, 'lib');
  // As cargo: a program whose features are off is passed over.
  const enabled = metadata.resolve.nodes.find(({ id }) => id === root.id)?.features ?? [];
  const isOn = (target: RootTarget): boolean => requiredFeatures(root, target).every((feature) => enabled.includes(feature));
  const programs = targetsOf(root, 'bin').filter(isOn);
  const isProgram = project.settings.bindings === 'bin' || library.length === 0;
  return {
    crate: crateOf(root, metadata.workspace_root),
    root: { id: root.id, manifestPath },
    built: isProgram ? programs : library.map((target) => ({ ...target, kind: 'cdylib' })),
    bindings: isProgram ? 'programs' : 'module',
    stableAbi: stableAbiOf(metadata),
  };
}

function targetsOf(root: Package, kind: 'cdylib' | 'lib' | 'bin'): readonly RootTarget[] {
  return root.targets
    .filter((target) => target.kind.includes(kind))
    .map((target) => ({ name: target.name, kind: kind === 'bin' ? 'bin' : 'cdylib', metadata: target }));
}

function requiredFeatures(root: Package, { name }: RootTarget): readonly string[] {
  return root.targets.find((target) => target.name === name && target.kind.includes('bin'))?.['required-features'] ?? [];
}

function crateOf(root: Package, workspaceRoot: string): CrateFacts {
  return {
    name: root.name,
    version: root.version,
    authors: root.authors,
    keywords: root.keywords,
    description: root.description ?? undefined,
    homepage: root.homepage ?? undefined,
    documentation: root.documentation ?? undefined,
    repository: root.repository ?? undefined,
    license: root.license ?? undefined,
    licenseFile: root.license_file ?? undefined,
    readme: root.readme ?? undefined,
    manifestDirectory: dirname(root.manifest_path),
    workspaceRoot,
  };
}

function stableAbiOf(metadata: v.InferOutput<typeof schema>): StableAbi | undefined {
  for (const name of ['pyo3-ffi', 'pyo3']) {
    const ids = new Set(metadata.packages.filter((one) => one.name === name).map(({ id }) => id));
    const features = metadata.resolve.nodes.filter(({ id }) => ids.has(id)).flatMap((node) => node.features);
    const minors = features.flatMap((feature) => (/^abi3-py3\d+$/.test(feature) ? [Number(feature.slice('abi3-py3'.length))] : []));
    if (minors.length > 0) return { kind: 'abi3', minimum: { major: 3, minor: Math.min(...minors) } };
    if (features.includes('abi3')) return { kind: 'abi3', minimum: undefined };
  }
  return undefined;
}
