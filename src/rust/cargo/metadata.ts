import { type Diagnostic, fail, ok, type Result } from '../../diagnostics/diagnostic.ts';
import {
  arrayIn,
  type JsonObject,
  objectIn,
  objectOf,
  optionalStringIn,
  optionalStringsIn,
  ShapeError,
  stringIn,
  stringsIn,
} from './json-shape.ts';
import type { PackageTarget } from '../unit.ts';
import { targetKindsIn } from './unit-graph.ts';

/** What `cargo metadata --format-version 1` says about the packages of a workspace and everything they depend on. */
export interface CargoMetadata {
  /** Absolute directory of the workspace's root manifest. */
  readonly workspaceRoot: string;
  /** By package id. */
  readonly packages: ReadonlyMap<string, CargoPackage>;
  /** Direct, non-dev dependencies by package id. */
  readonly dependencies: Readonly<Record<string, readonly string[]>>;
}

export interface CargoPackage {
  readonly id: string;
  readonly name: string;
  readonly version: string;
  /** `registry+…`, `sparse+…` or `git+…`; `undefined`: a path. */
  readonly source: string | undefined;
  /** Absolute path of the manifest. */
  readonly manifestPath: string;
  readonly links: string | undefined;
  /** Declared features, those of optional dependencies included; sorted. */
  readonly features: readonly string[];
  readonly targets: readonly PackageTarget[];
  readonly isWorkspaceMember: boolean;
  readonly authors: readonly string[];
  readonly description: string | undefined;
  readonly homepage: string | undefined;
  readonly repository: string | undefined;
  readonly license: string | undefined;
  readonly licenseFile: string | undefined;
  readonly readme: string | undefined;
  readonly rustVersion: string | undefined;
  readonly documentation: string | undefined;
  readonly keywords: readonly string[];
}

/** Fails with F0209 when a field is missing or of another type than documented. */
export function parseMetadata(text: string, cargoVersion: string): Result<CargoMetadata> {
  try {
    const document = objectOf(JSON.parse(text), 'document');
    const members = new Set(stringsIn(document, 'workspace_members'));
    const packages = arrayIn(document, 'packages').map((entry) => packageOf(objectOf(entry, 'packages'), members));
    return ok({
      workspaceRoot: stringIn(document, 'workspace_root'),
      packages: new Map(packages.map((entry) => [entry.id, entry])),
      dependencies: dependenciesOf(objectIn(document, 'resolve')),
    });
  } catch (error) {
    if (!(error instanceof ShapeError) && !(error instanceof SyntaxError)) throw error;
    return fail(unknownMetadata(cargoVersion, error.message));
  }
}

function packageOf(entry: JsonObject, members: ReadonlySet<string>): CargoPackage {
  const id = stringIn(entry, 'id');
  return {
    id,
    name: stringIn(entry, 'name'),
    version: stringIn(entry, 'version'),
    source: optionalStringIn(entry, 'source'),
    manifestPath: stringIn(entry, 'manifest_path'),
    links: optionalStringIn(entry, 'links'),
    features: Object.keys(objectIn(entry, 'features')).toSorted(),
    targets: arrayIn(entry, 'targets').map((target) => packageTargetOf(objectOf(target, 'targets'))),
    isWorkspaceMember: members.has(id),
    authors: stringsIn(entry, 'authors'),
    description: optionalStringIn(entry, 'description'),
    homepage: optionalStringIn(entry, 'homepage'),
    repository: optionalStringIn(entry, 'repository'),
    license: optionalStringIn(entry, 'license'),
    licenseFile: optionalStringIn(entry, 'license_file'),
    readme: optionalStringIn(entry, 'readme'),
    rustVersion: optionalStringIn(entry, 'rust_version'),
    documentation: optionalStringIn(entry, 'documentation'),
    keywords: optionalStringsIn(entry, 'keywords'),
  };
}

function packageTargetOf(target: JsonObject): PackageTarget {
  return {
    kinds: targetKindsIn(target),
    crateTypes: stringsIn(target, 'crate_types'),
    name: stringIn(target, 'name'),
    sourcePath: stringIn(target, 'src_path'),
  };
}

function dependenciesOf(resolve: JsonObject): Readonly<Record<string, readonly string[]>> {
  const dependencies: Record<string, readonly string[]> = {};
  for (const entry of arrayIn(resolve, 'nodes')) {
    const node = objectOf(entry, 'nodes');
    dependencies[stringIn(node, 'id')] = arrayIn(node, 'deps').flatMap((dependency) => nonDev(objectOf(dependency, 'deps')));
  }
  return dependencies;
}

/** The package a dependency leads to, unless only tests and examples use it. */
function nonDev(dependency: JsonObject): readonly string[] {
  const isUsed = arrayIn(dependency, 'dep_kinds').some((entry) => objectOf(entry, 'dep_kinds')['kind'] !== 'dev');
  return isUsed ? [stringIn(dependency, 'pkg')] : [];
}

function unknownMetadata(cargoVersion: string, problem: string): Diagnostic {
  return {
    code: 'F0209',
    severity: 'error',
    blame: 'input',
    message: `\`cargo metadata\` of cargo ${cargoVersion} printed something Ferrule does not understand`,
    facts: [['problem', problem]],
    hints: ['use a toolchain from the supported range, or a newer Ferrule'],
  };
}
