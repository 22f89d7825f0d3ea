import { dirname, join } from 'node:path';
import * as v from 'valibot';
import { type Diagnostic, fail, ok, type Result } from '../diagnostics/diagnostic.ts';
import type { ProcessRunner } from '../rust/cargo/process.ts';
import type { ReadSet } from '../rust/cargo/read-set.ts';
import type { Toolchain } from '../rust/toolchain.ts';
import type { Store } from '../store/store.ts';
import { firstChange, type ReadSetStamp, stampReadSet } from './read-set-stamp.ts';

/** A package of a workspace, as far as choosing targets needs it. */
export interface IndexedPackage {
  readonly name: string;
  readonly version: string;
  /** `undefined`: its manifest has none. */
  readonly description: string | undefined;
  readonly targets: readonly IndexedTarget[];
  /** cargo builds it when no package is named. */
  readonly isDefault: boolean;
}

export interface IndexedTarget {
  readonly name: string;
  readonly kind: readonly string[];
  /** `cargo test` builds and runs its tests. */
  readonly isTested: boolean;
  /** `cargo test` runs the examples in its documentation. */
  readonly isDocTested: boolean;
}

const Metadata = v.object({
  packages: v.array(
    v.object({
      id: v.string(),
      name: v.string(),
      version: v.string(),
      manifest_path: v.string(),
      description: v.nullish(v.string()),
      targets: v.array(
        v.object({
          name: v.string(),
          kind: v.array(v.string()),
          test: v.optional(v.boolean(), false),
          doctest: v.optional(v.boolean(), false),
        }),
      ),
    }),
  ),
  workspace_default_members: v.array(v.string()),
});

const Remembered = v.object({
  packages: v.array(
    v.object({
      name: v.string(),
      version: v.string(),
      description: v.optional(v.string()),
      targets: v.array(v.object({ name: v.string(), kind: v.array(v.string()), isTested: v.boolean(), isDocTested: v.boolean() })),
      isDefault: v.boolean(),
    }),
  ),
  readSet: v.custom<ReadSet>((value) => typeof value === 'object' && value !== null),
  stamp: v.custom<ReadSetStamp>((value) => typeof value === 'object' && value !== null),
});

/** The packages of a workspace by `cargo metadata --no-deps`, remembered while its manifests stay as they are. */
export async function indexPackages(options: {
  /** Absolute. */
  readonly workspaceRoot: string;
  readonly toolchain: Toolchain;
  readonly environment: Readonly<Record<string, string>>;
  readonly store: Store;
  readonly run: ProcessRunner;
}): Promise<Result<readonly IndexedPackage[]>> {
  const { workspaceRoot, toolchain, environment, store, run } = options;
  const note = store.getNote('packages', noteKey(workspaceRoot));
  const remembered = note === undefined ? undefined : v.safeParse(Remembered, JSON.parse(note));
  if (remembered?.success === true && firstChange({ ...remembered.output, environment }) === undefined)
    return ok(remembered.output.packages.map(({ description, ...rest }) => ({ ...rest, description })));
  const answer = await run({
    program: toolchain.cargo,
    arguments: ['metadata', '--no-deps', '--offline', '--format-version=1'],
    environment: { ...environment, RUSTC: toolchain.rustc },
    directory: workspaceRoot,
  });
  if (answer.exitCode !== 0) return fail(cargoRefused(workspaceRoot, answer.stderr));
  const metadata = v.safeParse(Metadata, JSON.parse(answer.stdout));
  if (!metadata.success) return fail(unknownShape(toolchain, metadata.issues[0].message));
  const defaults = new Set(metadata.output.workspace_default_members);
  const packages = metadata.output.packages.map(({ id, name, version, description, targets }) => ({
    name,
    version,
    description: description ?? undefined,
    targets: targets.map(({ test, doctest, ...target }) => ({ ...target, isTested: test, isDocTested: doctest })),
    isDefault: defaults.has(id),
  }));
  const readSet = readSetOf(
    workspaceRoot,
    metadata.output.packages.map((pkg) => pkg.manifest_path),
  );
  const stamp = stampReadSet({ readSet, environment, readAt: undefined });
  store.putNote('packages', noteKey(workspaceRoot), JSON.stringify({ packages, readSet, stamp }));
  return ok(packages);
}

/** Its number is raised whenever the note or the stamp in it changes its shape. */
function noteKey(workspaceRoot: string): string {
  return JSON.stringify([4, workspaceRoot]);
}

/** Manifests, where other members may appear, and where cargo finds targets by itself. */
function readSetOf(workspaceRoot: string, manifests: readonly string[]): ReadSet {
  const roots = manifests.map((manifest) => dirname(manifest));
  const listings = roots.flatMap((root) => [
    dirname(root),
    ...['src', 'src/bin', 'examples', 'tests', 'benches'].map((name) => join(root, name)),
  ]);
  return {
    contents: [...new Set([join(workspaceRoot, 'Cargo.toml'), ...manifests])].toSorted(),
    listings: [...new Set(listings)].toSorted(),
    presence: [],
    variables: [],
    variablePrefixes: [],
  };
}

function cargoRefused(workspaceRoot: string, stderr: string): Diagnostic {
  return {
    code: 'F0230',
    severity: 'error',
    blame: 'input',
    message: 'cargo cannot read this workspace',
    facts: [['workspace', workspaceRoot]],
    output: stderr,
  };
}

function unknownShape(toolchain: Toolchain, what: string): Diagnostic {
  return {
    code: 'F0231',
    severity: 'error',
    blame: 'infrastructure',
    message: '`cargo metadata` has a shape that this Ferrule does not know',
    facts: [
      ['cargo', toolchain.cargoVersion],
      ['found', what],
    ],
    hints: ['use a newer Ferrule, or an older toolchain'],
  };
}
