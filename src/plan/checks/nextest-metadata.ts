import { posix } from 'node:path';
import { SOURCE_ROOT, TARGET_ROOT, TOOLCHAIN_ROOT } from '../../rust/layout.ts';
import type { TestRun } from '../../rust/planned-unit.ts';
import { profileDirectory } from '../../rust/units/target-directories.ts';
import { isExecutable, isForHost } from '../../rust/units/unit-traits.ts';
import type { Unit, UnitTarget } from '../../rust/unit.ts';
import type { WorkspacePlan } from '../workspace-plan.ts';

/** The two documents that cargo-nextest takes in the place of asking cargo, about one test program. */
export interface NextestMetadata {
  /** As `cargo nextest list --list-type binaries-only` has it: `--binaries-metadata`. */
  readonly binaries: object;
  /** As `cargo metadata` has it, of the program's package alone: `--cargo-metadata`. */
  readonly cargo: object;
}

/** Describes a test program and the programs of its package, in the sandbox's paths (nextest `nextest-metadata/src/test_list.rs`). */
export function nextestMetadata(plan: WorkspacePlan, run: TestRun): NextestMetadata {
  const unit = unitOf(plan, run.unit);
  const { package: pkg, target } = unit;
  const { facts } = plan;
  const id = pkg.name;
  const programs = run.artifacts.flatMap(({ unit: index, path }) => {
    const other = unitOf(plan, index);
    if (index === run.unit || !isExecutable(other.target)) return [];
    return [{ name: other.target.name, kind: 'bin-exe', path: posix.relative(TARGET_ROOT, path) }];
  });
  const binary = binaryId(pkg.name, target);
  return {
    binaries: {
      'rust-build-meta': {
        'target-directory': TARGET_ROOT,
        'base-output-directories': [posix.relative(TARGET_ROOT, profileDirectory(facts, unit.platform))],
        'non-test-binaries': programs.length === 0 ? {} : { [id]: programs },
        'build-script-out-dirs': {},
        'linked-paths': [],
        platforms: {
          host: platform(facts.toolchain.host),
          targets: unit.platform === null ? [] : [platform(unit.platform)],
        },
      },
      'rust-binaries': {
        [binary]: {
          'binary-id': binary,
          'binary-name': target.name,
          'package-id': id,
          kind: kindOf(target),
          'binary-path': run.program.path,
          'build-platform': isForHost(target) ? 'host' : 'target',
        },
      },
    },
    cargo: {
      packages: [cargoPackage({ id, unit, run })],
      workspace_members: [id],
      workspace_default_members: [id],
      resolve: { nodes: [{ id, dependencies: [], deps: [], features: [] }], root: null },
      target_directory: TARGET_ROOT,
      version: 1,
      workspace_root: SOURCE_ROOT + facts.workspaceRoot.slice(facts.sourceAnchor.length),
      metadata: null,
    },
  };
}

function unitOf(plan: WorkspacePlan, index: number): Unit {
  const planned = plan.units[index];
  if (planned === undefined) throw new Error(`internal: there is no unit ${index}`);
  return planned.unit;
}

/** As filters name it: `core`, `core::files`, `core::bin/tool` (nextest `RustBinaryId::from_parts`). */
function binaryId(pkg: string, target: UnitTarget): string {
  const kind = kindOf(target);
  if (kind === 'lib' || kind === 'proc-macro') return pkg;
  return kind === 'test' ? `${pkg}::${target.name}` : `${pkg}::${kind}/${target.name}`;
}

function kindOf({ kinds }: UnitTarget): string {
  return kinds.find((kind) => ['bin', 'test', 'bench', 'example', 'proc-macro'].includes(kind)) ?? 'lib';
}

function platform(triple: string): object {
  return {
    platform: { triple, 'target-features': 'unknown' },
    libdir: { status: 'available', path: `${TOOLCHAIN_ROOT}/lib/rustlib/${triple}/lib` },
  };
}

/** Nextest sets `CARGO_PKG_*` of a test from this, so it says what cargo's own variables say. */
function cargoPackage({ id, unit, run }: { readonly id: string; readonly unit: Unit; readonly run: TestRun }): object {
  const { package: pkg } = unit;
  const said = (name: string): string | null => {
    const value = run.environment[`CARGO_PKG_${name}`] ?? '';
    return value === '' ? null : value;
  };
  return {
    id,
    name: pkg.name,
    version: pkg.version,
    manifest_path: `${run.workingDirectory}/Cargo.toml`,
    authors: said('AUTHORS')?.split(':') ?? [],
    description: said('DESCRIPTION'),
    homepage: said('HOMEPAGE'),
    license: said('LICENSE'),
    license_file: said('LICENSE_FILE'),
    readme: said('README'),
    repository: said('REPOSITORY'),
    rust_version: said('RUST_VERSION'),
    links: pkg.links ?? null,
    edition: unit.target.edition,
    targets: [
      {
        name: unit.target.name,
        kind: unit.target.kinds,
        crate_types: unit.target.crateTypes,
        src_path: `${run.workingDirectory}/${posix.relative(pkg.root, unit.target.sourcePath)}`,
        edition: unit.target.edition,
        test: true,
      },
    ],
    source: null,
    dependencies: [],
    features: {},
    categories: [],
    keywords: [],
    metadata: null,
    publish: null,
    documentation: null,
    default_run: null,
  };
}
