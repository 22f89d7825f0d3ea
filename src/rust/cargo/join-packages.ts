import { dirname } from 'node:path';

import { type Diagnostic, fail, ok, type Result } from '../../diagnostics/diagnostic.ts';
import type { CargoLock } from './cargo-lock.ts';
import { type ManifestFacts, ManifestReader } from './manifest.ts';
import type { CargoMetadata, CargoPackage } from './metadata.ts';
import type { Toolchain } from '../toolchain.ts';
import type { Package, PackageSource, UnitGraph } from '../unit.ts';
import type { CargoUnit, CargoUnitGraph } from './unit-graph.ts';

/**
 * Puts together what cargo tells in three places: the unit graph (units), `cargo metadata` (packages), `Cargo.lock` (checksums),
 * and what it tells nowhere, from the manifests. Fails with F0210 or F0211 when a piece is missing.
 */
export function joinPackages(options: {
  readonly graph: CargoUnitGraph;
  readonly metadata: CargoMetadata;
  readonly lock: CargoLock;
  readonly toolchain: Toolchain;
}): Result<UnitGraph> {
  const { graph, metadata } = options;
  const joined = new Map<string, JoinedPackage>();
  const problems: Diagnostic[] = [];
  const manifests = new ManifestReader();
  for (const { packageId } of graph.units) {
    if (joined.has(packageId)) continue;
    const raw = metadata.packages.get(packageId);
    if (raw === undefined) return fail(packageUnknown(packageId));
    const source = sourceOf(raw, options.lock);
    if (source === undefined) {
      problems.push(noChecksum(raw));
      continue;
    }
    joined.set(packageId, joinOne({ raw, source, manifests, toolchain: options.toolchain }));
  }
  if (problems.length > 0) return fail(...problems);
  return ok({ units: graph.units.map((unit) => withPackage(unit, joined)), roots: graph.roots });
}

interface JoinedPackage {
  readonly pkg: Package;
  readonly manifest: ManifestFacts;
}

function withPackage(unit: CargoUnit, joined: ReadonlyMap<string, JoinedPackage>): UnitGraph['units'][number] {
  const entry = joined.get(unit.packageId);
  if (entry === undefined) throw new Error(`internal: package \`${unit.packageId}\` was not joined`);
  const { packageId: _, target, ...rest } = unit;
  const [kind] = target.kinds;
  return { ...rest, package: entry.pkg, target: { ...target, harness: kind === undefined || entry.manifest.harness(kind, target.name) } };
}

function joinOne(options: {
  readonly raw: CargoPackage;
  readonly source: PackageSource;
  readonly manifests: ManifestReader;
  readonly toolchain: Toolchain;
}): JoinedPackage {
  const { raw, source } = options;
  const manifest = options.manifests.read(raw.manifestPath, { hasWorkspace: source.kind !== 'registry' });
  return {
    manifest,
    pkg: {
      id: raw.id,
      name: raw.name,
      version: raw.version,
      source,
      root: dirname(raw.manifestPath),
      links: raw.links,
      declaredFeatures: raw.features,
      packageVariables: packageVariables(raw),
      rustVersion: raw.rustVersion,
      targets: raw.targets,
      lintFlags: takesLints(source, options.toolchain) ? manifest.lintFlags : [],
      isWorkspaceMember: raw.isWorkspaceMember,
      ...(raw.isWorkspaceMember ? { about: { authors: raw.authors, keywords: raw.keywords, documentation: raw.documentation } } : {}),
    },
  };
}

/** Lints of packages whose warnings are capped anyway are no longer passed since cargo 1.99 (rust-lang/cargo#17174). */
function takesLints(source: PackageSource, toolchain: Toolchain): boolean {
  const minor = Number(toolchain.cargoVersion.split('.')[1]);
  return source.kind === 'path' || minor < 99;
}

/** `CARGO_PKG_*` as rustc and build scripts get them, `""` where the manifest is silent (cargo `src/compiler/compilation.rs`, `fill_env`). */
export function packageVariables(pkg: CargoPackage): Readonly<Record<string, string>> {
  const [release = '', ...prerelease] = (pkg.version.split('+')[0] ?? '').split('-');
  const [major = '', minor = '', patch = ''] = release.split('.');
  return {
    CARGO_PKG_AUTHORS: pkg.authors.join(':'),
    CARGO_PKG_DESCRIPTION: pkg.description ?? '',
    CARGO_PKG_HOMEPAGE: pkg.homepage ?? '',
    CARGO_PKG_LICENSE: pkg.license ?? '',
    CARGO_PKG_LICENSE_FILE: pkg.licenseFile ?? '',
    CARGO_PKG_NAME: pkg.name,
    CARGO_PKG_README: pkg.readme ?? '',
    CARGO_PKG_REPOSITORY: pkg.repository ?? '',
    CARGO_PKG_RUST_VERSION: pkg.rustVersion ?? '',
    CARGO_PKG_VERSION: pkg.version,
    CARGO_PKG_VERSION_MAJOR: major,
    CARGO_PKG_VERSION_MINOR: minor,
    CARGO_PKG_VERSION_PATCH: patch,
    CARGO_PKG_VERSION_PRE: prerelease.join('-'),
  };
}

/** `undefined` when the lock has no checksum for a registry package. */
function sourceOf(pkg: CargoPackage, lock: CargoLock): PackageSource | undefined {
  const { source } = pkg;
  if (source === undefined) return { kind: 'path' };
  if (source.startsWith('git+')) return gitSource(source, dirname(pkg.manifestPath));
  const checksum = lock.checksum(pkg.name, pkg.version, source);
  return checksum === undefined ? undefined : { kind: 'registry', registry: source.replace(/^registry\+/, ''), checksum };
}

const CHECKOUT = /^.*\/git\/checkouts\/[^/]+\/[^/]+(?=\/|$)/;

/** `git+URL?branch=main#REVISION`. A vendored copy is no checkout: then the package is its own root. */
function gitSource(source: string, root: string): PackageSource {
  const [address = '', revision = ''] = source.slice('git+'.length).split('#');
  const [url = ''] = address.split('?');
  return { kind: 'git', url, revision, checkout: CHECKOUT.exec(root)?.[0] ?? root };
}

function packageUnknown(id: string): Diagnostic {
  return {
    code: 'F0210',
    severity: 'error',
    blame: 'input',
    message: `cargo's unit graph names a package that \`cargo metadata\` does not list: \`${id}\``,
    hints: ['this is a gap in Ferrule: please report it together with `Cargo.toml` and the command line'],
  };
}

function noChecksum(pkg: CargoPackage): Diagnostic {
  return {
    code: 'F0211',
    severity: 'error',
    blame: 'input',
    message: `\`Cargo.lock\` has no checksum for \`${pkg.name} ${pkg.version}\``,
    facts: [['source', pkg.source ?? '']],
    hints: ['run `cargo update --workspace` to have cargo write it, or use a registry that provides checksums'],
  };
}
