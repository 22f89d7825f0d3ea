import { existsSync } from 'node:fs';
import { join, relative } from 'node:path';
import { type Diagnostic, fail, ok, type Result } from '../diagnostics/diagnostic.ts';
import type { Digest, Sha256 } from '../model/digest.ts';
import type { FerruleLock } from '../repository/ferrule-lock.ts';
import { relativeToRoot, SOURCE_ROOT } from '../rust/layout.ts';
import { versionMeets } from '../rust/native/native-libraries.ts';
import { unpackedRoot } from '../rust/units/package-place.ts';
import { isDriven } from '../rust/units/unit-traits.ts';
import type { Package, Unit } from '../rust/unit.ts';
import { gitTree } from '../source/git-tree.ts';
import { patchedTree } from '../source/patched-tree.ts';
import type { SourceMemory } from '../source/source-memory.ts';
import { fingerprint, SourceTrace } from '../source/source-trace.ts';
import { snapshot } from '../source/source-tree.ts';
import { formatTree, parseTree } from '../source/tree-memory.ts';
import { packageSources, type PackageSources, type UnitSources } from '../source/unit-sources.ts';
import { isVendored, vendoredTree } from '../source/vendored-tree.ts';
import type { DirectoryStore } from '../store/directory-store.ts';
import type { ScriptScope } from './script-narrowing.ts';
import type { UnitReach } from './unit-reach.ts';
import type { WorkspacePlan } from './workspace-plan.ts';

/** A tree and the place in the root where an action sees it. */
export interface PlacedTree {
  readonly path: string;
  readonly digest: Digest;
}

/** What one unit reads of its package. */
export interface UnitFiles {
  readonly tree: PlacedTree;
  /** Trees of the further packages that do not stand in `tree`. */
  readonly named: readonly PlacedTree[];
  /** The same files one by one, for a build script of the repository's own packages. */
  readonly scope?: ScriptScope;
  /** Variables that its sources name in `env!` and `option_env!`. */
  readonly reads: readonly string[];
  /** To be shown if the unit fails. */
  readonly outside: readonly Diagnostic[];
}

export interface PackageTreesOptions {
  readonly store: DirectoryStore;
  readonly repositoryRoot: string;
  readonly memory: SourceMemory;
  readonly lock: FerruleLock | undefined;
  /** The user's `PATH`, where git is. */
  readonly searchPath: string;
  readonly patches: readonly CratePatch[];
}

/** A patch that `ferrule.toml` has for a crate. */
export interface CratePatch {
  readonly crate: string;
  /** Requirement as cargo writes it; `undefined`: every version. */
  readonly version: string | undefined;
  /** Relative to the repository's root. */
  readonly patch: string;
}

/** Trees of crates, checkouts and the repository's own packages. Each archive is unpacked and each package walked once in a run. */
export class PackageTrees {
  readonly #options: PackageTreesOptions;
  readonly #crates = new Map<string, Promise<Result<Digest>>>();
  readonly #checkouts = new Map<string, Result<Digest>>();
  readonly #sources = new Map<string, PackageSources>();
  readonly #traces = new Map<string, SourceTrace>();
  /** By package, with the numbers of questions and of corrected answers that they are over. */
  readonly #fingerprints = new Map<string, { readonly over: string; readonly hash: Sha256 }>();

  constructor(options: PackageTreesOptions) {
    this.#options = options;
  }

  async filesOf(options: {
    readonly plan: WorkspacePlan;
    readonly unit: Unit;
    readonly reach: UnitReach;
    /** `inputs` of the overrides that apply. */
    readonly inputs: readonly string[];
    /** Further packages whose files it has to see, whole. */
    readonly named: readonly Package[];
  }): Promise<Result<UnitFiles>> {
    const { plan, unit } = options;
    const beside = options.named.filter((pkg) => pkg.source.kind === 'path');
    const named = new Map<string, PlacedTree>();
    for (const pkg of options.named) {
      const placed = pkg.source.kind === 'path' ? undefined : await this.#treeOf(pkg);
      if (placed?.ok === false) return placed;
      if (placed !== undefined) named.set(placed.value.path, placed.value);
    }
    if (unit.package.source.kind === 'path') return this.#ownFiles({ ...options, beside, named: [...named.values()] });
    const tree = await this.#treeOf(unit.package);
    if (!tree.ok) return tree;
    named.delete(tree.value.path);
    const besides = beside.length === 0 ? undefined : this.#snapshot(plan, this.#wholeFiles(plan, beside));
    if (besides?.ok === false) return besides;
    if (besides !== undefined) named.set(besides.value.path, besides.value);
    return ok({ tree: tree.value, named: [...named.values()], reads: [], outside: [] }, tree.warnings);
  }

  /** Files of the repository that a unit of one of its packages reads, relative to the anchor. */
  sourcesFor(options: {
    readonly plan: WorkspacePlan;
    readonly unit: Unit;
    readonly reach: UnitReach;
    /** `inputs` of the overrides that apply. */
    readonly inputs: readonly string[];
  }): UnitSources {
    const { plan, unit, reach, inputs } = options;
    const sources = this.#sourcesOf(plan, unit.package);
    const target = { kinds: unit.target.kinds, sourcePath: unit.target.sourcePath };
    return unit.mode === 'run-custom-build'
      ? sources.forScriptRun(target, inputs)
      : sources.forCompile(target, { ...reach, inputs, configuration: isDriven(unit, plan.facts) ? CLIPPY_CONFIGURATION : [] });
  }

  /** The tree of some files of the repository, named relative to the anchor. */
  treeOf(plan: WorkspacePlan, files: readonly string[]): Result<Digest> {
    const placed = this.#snapshot(plan, files);
    return placed.ok ? ok(placed.value.digest, placed.warnings) : placed;
  }

  /** Patches of `ferrule.toml` that apply to a package, relative to the repository's root. */
  patchesFor(pkg: Package): readonly string[] {
    return this.#options.patches.flatMap(({ crate, version, patch }) =>
      crate === pkg.name && (version === undefined || versionMeets(pkg.version, version)) ? [patch] : [],
    );
  }

  /**
   * What {@link filesOf} gives for any unit of the package follows from this, if nobody names further packages; `undefined`: the package
   * was never worked out, or cannot be had. Costs a `stat` for each file and directory that was looked at when it was.
   */
  async fingerprintOf(plan: WorkspacePlan, pkg: Package): Promise<Sha256 | undefined> {
    if (pkg.source.kind !== 'path') {
      const tree = await this.#treeOf(pkg);
      return tree.ok ? tree.value.digest.hash : undefined;
    }
    const { memory, repositoryRoot } = this.#options;
    const name = nameOf(plan, pkg);
    const trace = this.#traces.get(name);
    const questions = trace === undefined ? memory.questions.get(name) : undefined;
    const size = trace?.size ?? questions?.length;
    if (size === undefined) return undefined;
    const over = `${size} ${memory.digests.corrections}`;
    const known = this.#fingerprints.get(name);
    if (known?.over === over) return known.hash;
    const hash = fingerprint({ questions: questions ?? trace?.questions ?? [], answers: memory, root: repositoryRoot });
    this.#fingerprints.set(name, { over, hash });
    return hash;
  }

  /** Keeps what was asked of the disk, for the fingerprints of the next run. */
  saveQuestions(): void {
    for (const [name, trace] of this.#traces) this.#options.memory.questions.set(name, trace.questions);
  }

  /** What the tests of a package of the repository may read: all its files, and those that `inputs` name. */
  testFiles(plan: WorkspacePlan, pkg: Package, inputs: readonly string[]): Result<PlacedTree> {
    return this.#snapshot(plan, this.testFileNames(plan, pkg, inputs));
  }

  /** Their names, relative to the anchor. */
  testFileNames(plan: WorkspacePlan, pkg: Package, inputs: readonly string[]): readonly string[] {
    return this.#sourcesOf(plan, pkg).whole(inputs);
  }

  /** What rustfmt reads of a package of the repository. */
  formattedFiles(plan: WorkspacePlan, pkg: Package): Result<PlacedTree> {
    return this.#snapshot(plan, this.formattedFileNames(plan, pkg));
  }

  /** Their names, relative to the anchor. */
  formattedFileNames(plan: WorkspacePlan, pkg: Package): readonly string[] {
    return this.#sourcesOf(plan, pkg).forFormatting(pkg.targets, ['rustfmt.toml', '.rustfmt.toml']);
  }

  /** The whole tree of a package that is not the repository's own. */
  async #treeOf(pkg: Package): Promise<Result<PlacedTree>> {
    if (pkg.source.kind === 'path') throw new Error(`internal: \`${pkg.name}\` has no tree of its own`);
    const digest = pkg.source.kind === 'git' ? this.#gitFiles(pkg, pkg.source) : await this.#crate(pkg, pkg.source);
    if (!digest.ok) return digest;
    const patched = this.#patched(pkg, digest.value);
    if (!patched.ok) return patched;
    return ok({ path: relativeToRoot(unpackedRoot(pkg)), digest: patched.value }, digest.warnings);
  }

  #snapshot(plan: WorkspacePlan, files: readonly string[]): Result<PlacedTree> {
    const { store, memory } = this.#options;
    const digest = snapshot({ store, anchor: plan.facts.sourceAnchor, files, digests: memory.digests, trees: memory.trees });
    return digest.ok ? ok({ path: relativeToRoot(SOURCE_ROOT), digest: digest.value }, digest.warnings) : digest;
  }

  /** Everything that scripts of these packages of the repository could read. */
  #wholeFiles(plan: WorkspacePlan, packages: readonly Package[]): readonly string[] {
    const files = packages.flatMap((pkg) => {
      const target = pkg.targets.find(({ kinds }) => kinds.includes('custom-build')) ?? pkg.targets[0];
      return target === undefined ? [] : this.#sourcesOf(plan, pkg).forScriptRun(target, []).files;
    });
    return [...new Set(files)].toSorted();
  }

  #ownFiles(options: {
    readonly plan: WorkspacePlan;
    readonly unit: Unit;
    readonly reach: UnitReach;
    readonly inputs: readonly string[];
    /** Further packages of the repository, whole. */
    readonly beside: readonly Package[];
    readonly named: readonly PlacedTree[];
  }): Result<UnitFiles> {
    const { plan, unit, reach, inputs, beside, named } = options;
    const { memory } = this.#options;
    const { files, outside } = this.sourcesFor({ plan, unit, reach, inputs });
    const anchor = plan.facts.sourceAnchor;
    const all = beside.length === 0 ? files : [...new Set([...files, ...this.#wholeFiles(plan, beside)])].toSorted();
    this.#traces.get(nameOf(plan, unit.package))?.addFiles(files.map((file) => `${anchor}/${file}`));
    const tree = this.#snapshot(plan, all);
    if (!tree.ok) return tree;
    const rust = unit.mode === 'run-custom-build' ? [] : files.filter((file) => file.endsWith('.rs'));
    const reads = new Set(rust.flatMap((file) => memory.scans.scan(`${anchor}/${file}`)?.environment ?? []));
    const scope = unit.mode === 'run-custom-build' ? { scope: this.#scopeOf(plan, unit, all) } : {};
    return ok({ tree: tree.value, named, ...scope, reads: [...reads], outside });
  }

  #scopeOf(plan: WorkspacePlan, unit: Unit, files: readonly string[]): ScriptScope {
    const anchor = plan.facts.sourceAnchor;
    return {
      files,
      packageDirectory: relative(anchor, unit.package.root),
      source: relative(anchor, unit.target.sourcePath),
      treeOf: (some) => {
        const tree = this.#snapshot(plan, some);
        return tree.ok ? ok(tree.value.digest) : tree;
      },
    };
  }

  #sourcesOf(plan: WorkspacePlan, pkg: Package): PackageSources {
    const name = nameOf(plan, pkg);
    let sources = this.#sources.get(name);
    if (sources === undefined) {
      const { memory, repositoryRoot } = this.#options;
      const trace = new SourceTrace(memory, memory.questions.get(name) ?? []);
      this.#traces.set(name, trace);
      sources = packageSources({
        packageRoot: pkg.root,
        workspaceRoot: plan.facts.workspaceRoot,
        repositoryRoot,
        anchor: plan.facts.sourceAnchor,
        targets: pkg.targets,
        directories: trace.directories,
        probe: trace.probe,
        scan: (path) => trace.scan(path),
      });
      this.#sources.set(name, sources);
    }
    return sources;
  }

  /** The tree with every patch that applies to the crate, in the order of `ferrule.toml`. */
  #patched(pkg: Package, tree: Digest): Result<Digest> {
    const { store, repositoryRoot, searchPath } = this.#options;
    let digest = tree;
    for (const patch of this.patchesFor(pkg)) {
      const label = `${pkg.name} v${pkg.version}`;
      const patched = patchedTree({ store, tree: digest, patch: join(repositoryRoot, patch), shown: patch, searchPath, label });
      if (!patched.ok) return patched;
      digest = patched.value;
    }
    return ok(digest);
  }

  #gitFiles(pkg: Package, source: Extract<Package['source'], { kind: 'git' }>): Result<Digest> {
    if (!isVendored(pkg.root)) return this.#checkout(source);
    return vendoredTree({ store: this.#options.store, root: pkg.root, label: `${pkg.name} v${pkg.version}`, checksum: undefined });
  }

  #checkout(source: Extract<Package['source'], { kind: 'git' }>): Result<Digest> {
    let tree = this.#checkouts.get(source.checkout);
    if (tree === undefined) {
      const { store, lock } = this.#options;
      tree = gitTree({ store, url: source.url, revision: source.revision, checkout: source.checkout, lock });
      this.#checkouts.set(source.checkout, tree);
      return tree;
    }
    return tree.ok ? ok(tree.value) : tree;
  }

  #crate(pkg: Package, source: Extract<Package['source'], { kind: 'registry' }>): Promise<Result<Digest>> {
    let tree = this.#crates.get(source.checksum);
    if (tree === undefined) {
      tree = this.#unpack(pkg, source);
      this.#crates.set(source.checksum, tree);
    }
    return tree;
  }

  async #unpack(pkg: Package, source: Extract<Package['source'], { kind: 'registry' }>): Promise<Result<Digest>> {
    const { store } = this.#options;
    const note = store.getNote('crate-trees', source.checksum);
    const known = note === undefined ? undefined : parseTree(note);
    if (known !== undefined && store.treePath(known) !== undefined) return ok(known);
    const archive = archiveOf(pkg);
    if (archive === undefined || !existsSync(archive)) {
      if (isVendored(pkg.root))
        return vendoredTree({ store, root: pkg.root, label: `${pkg.name} v${pkg.version}`, checksum: source.checksum });
      if (archive === undefined) return fail(noArchive(pkg));
    }
    const { unpackCrate } = await import('../store/archive.ts');
    const tree = await unpackCrate({ store, archive, checksum: source.checksum, expectedTopDirectory: `${pkg.name}-${pkg.version}` });
    if (tree.ok) store.putNote('crate-trees', source.checksum, formatTree(tree.value));
    return tree;
  }
}

/** Where clippy looks, in the package's directory and above it (clippy_config `lookup_conf_file`). */
const CLIPPY_CONFIGURATION: readonly string[] = ['.clippy.toml', 'clippy.toml'];

/** A package is worked out anew for each workspace: its targets are the workspace's business, and so is what it can read. */
function nameOf(plan: WorkspacePlan, pkg: Package): string {
  return `${plan.facts.workspaceRoot}\0${pkg.root}`;
}

/**
 * Absolute path of a crate's archive; `undefined`: it is vendored or of no registry.
 * cargo keeps the archive of `registry/src/INDEX/NAME-VERSION` at `registry/cache/INDEX/NAME-VERSION.crate`.
 */
export function archiveOf(pkg: Package): string | undefined {
  const match = /^(.*)\/registry\/src\/([^/]+\/[^/]+)$/.exec(pkg.root);
  return match === null ? undefined : `${match[1] ?? ''}/registry/cache/${match[2] ?? ''}.crate`;
}

function noArchive(pkg: Package): Diagnostic {
  return {
    code: 'F0318',
    severity: 'error',
    blame: 'infrastructure',
    message: `the archive of \`${pkg.name} v${pkg.version}\` is not where cargo keeps it`,
    facts: [['unpacked at', pkg.root]],
    hints: ['run `cargo fetch --locked`'],
  };
}
