import { readFileSync } from 'node:fs';
import { basename, dirname, relative } from 'node:path';
import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import type { DirectoryReader } from '../repository/directory-listings.ts';
import { spanAt } from '../repository/file-span.ts';
import type { Probe } from './disk-probe.ts';
import { filesForInputs, filesOfDirectory } from './extra-inputs.ts';
import { type ModuleReach, type OutsideFile, type ReachContext, reachFrom } from './module-reach.ts';
import { packageFiles } from './package-files.ts';
import { isWithin } from './path-within.ts';
import { isNeverRead } from './root-papers.ts';
import type { RustScan } from './rust-scan.ts';

/** A target of a package, as far as its sources go. cargo's targets fit. */
export interface SourceTarget {
  /** cargo's names: `lib`, `bin`, `test`, `custom-build`, … */
  readonly kinds: readonly string[];
  /** Absolute path of the root file. */
  readonly sourcePath: string;
}

/** What one unit may read. */
export interface UnitSources {
  /** Relative to the anchor, sorted, without duplicates. */
  readonly files: readonly string[];
  /** Includes of files outside the anchor, which the unit cannot read: to be shown if it fails, for the code may be conditional. F0311. */
  readonly outside: readonly Diagnostic[];
  /** Names in `env!` and `option_env!` of its Rust files, sorted: what it may read of the environment without a procedural macro. */
  readonly environment: readonly string[];
}

/** What the compiler of a unit may read beside Rust files. */
export interface CompileNeeds {
  /** A procedural macro is among its dependencies, however deep: it may read any file of the package. */
  readonly procMacros: boolean;
  /** A crate is below one of them that reads the manifests of package and workspace. */
  readonly readsManifest: boolean;
  /** `inputs` of the overrides that apply. */
  readonly inputs: readonly string[];
  /** File names that are looked for in the package's directory and all above it; absent: none. */
  readonly configuration?: readonly string[];
}

/** The sources of one path package: made once, asked for each of its units. */
export interface PackageSources {
  forCompile(target: SourceTarget, needs: CompileNeeds): UnitSources;
  /** `target` is the script's own target. */
  forScriptRun(target: SourceTarget, inputs: readonly string[]): UnitSources;
  /** Every file of the package and of `inputs`: what its tests may read. Relative to the anchor, sorted. */
  whole(inputs: readonly string[]): readonly string[];
  /** The Rust files of these targets, and `configuration` as {@link CompileNeeds} has it. Relative to the anchor, sorted. */
  forFormatting(targets: readonly SourceTarget[], configuration: readonly string[]): readonly string[];
}

export interface PackageSourcesOptions {
  /** Absolute directory of the manifest. */
  readonly packageRoot: string;
  /** Absolute directory of the workspace's manifest. */
  readonly workspaceRoot: string;
  readonly repositoryRoot: string;
  /** Absolute directory mounted as the source root: nothing outside can be read. */
  readonly anchor: string;
  /** Every target of the package that is known. One that is missing here only makes the others' sources larger. */
  readonly targets: readonly SourceTarget[];
  readonly directories: DirectoryReader;
  readonly probe: Probe;
  /** What a Rust file says; `undefined` when it cannot be read. */
  readonly scan: (path: string) => RustScan | undefined;
}

/** Decides by the rules of docs/sources.md what each unit of a package may read. Walks the package once. */
export function packageSources(options: PackageSourcesOptions): PackageSources {
  const listed = packageFiles({ ...options, nestedPackages: 'skip' }).paths.map((path) => `${options.packageRoot}/${path}`);
  const context: ReachContext = { ...options, listed: new Set(listed) };
  const reaches = new Map<string, ModuleReach>();
  const reach = (root: string): ModuleReach => {
    const known = reaches.get(root) ?? reachFrom(root, context);
    reaches.set(root, known);
    return known;
  };
  return {
    forCompile: (target, needs) => {
      const own = reach(target.sourcePath);
      const others = options.targets.filter((other) => other.sourcePath !== target.sourcePath);
      const rustFiles = selectRustFiles({ listed, packageRoot: options.packageRoot, target, others, own, reach });
      const assets = needsAssets(target, needs) ? selectAssets({ listed, packageRoot: options.packageRoot, target, others }) : [];
      const manifests = needs.readsManifest ? manifestsOf(options) : [];
      const named = [...own.directories].flatMap((directory) => filesOfDirectory(directory, options));
      const inputs = filesForInputs({ patterns: needs.inputs, ...options });
      const configuration = filesAbove(options, needs.configuration ?? []);
      return finish(options, own, [
        ...own.sources,
        ...own.assets,
        ...rustFiles,
        ...assets,
        ...manifests,
        ...named,
        ...inputs,
        ...configuration,
      ]);
    },
    whole: (inputs) =>
      [...new Set([...listed, ...filesForInputs({ patterns: inputs, ...options })])].flatMap(relativeTo(options.anchor)).toSorted(),
    forFormatting: (targets, configuration) => {
      const sources = targets.flatMap((target) => [...reach(target.sourcePath).sources]);
      return [...new Set([...sources, ...filesAbove(options, configuration)])].flatMap(relativeTo(options.anchor)).toSorted();
    },
    forScriptRun: (target, inputs) => {
      const own = reach(target.sourcePath);
      const directories = [...own.directories, ...own.climbedDirectories].flatMap((directory) => visibleFiles(options, directory));
      const extra = filesForInputs({ patterns: inputs, ...options });
      return finish(options, own, [...listed, ...own.sources, ...own.assets, ...directories, ...extra]);
    },
  };
}

/** Without a procedural macro a build script's source can only name its files, and that has been followed. Other targets may use `macro_rules` of dependencies that include. */
function needsAssets(target: SourceTarget, needs: CompileNeeds): boolean {
  return needs.procMacros || !target.kinds.includes('custom-build');
}

interface Selection {
  /** Absolute. */
  readonly listed: readonly string[];
  readonly packageRoot: string;
  readonly target: SourceTarget;
  readonly others: readonly SourceTarget[];
}

/** Every Rust file but those that only other targets reach, other targets' roots, and what lies in other targets' directories. */
function selectRustFiles(
  selection: Selection & { readonly own: ModuleReach; readonly reach: (root: string) => ModuleReach },
): readonly string[] {
  const { own, others } = selection;
  const roots = new Set(others.map((other) => other.sourcePath));
  const claimed = new Set(others.flatMap((other) => [...selection.reach(other.sourcePath).sources]));
  // A module that a macro makes lies below the file with the macro: there only the other roots can be ruled out.
  const macroDirectories = [...own.macroDirectories];
  const isFree = (file: string): boolean => !roots.has(file) && (!claimed.has(file) || isBelowAny(file, macroDirectories));
  const foreign = foreignDirectories(selection);
  return selection.listed.filter((file) => file.endsWith('.rs') && isFree(file) && !isBelowAny(file, foreign));
}

function selectAssets(selection: Selection): readonly string[] {
  const foreign = foreignDirectories(selection);
  const start = selection.packageRoot.length + 1;
  return selection.listed.filter((file) => !file.endsWith('.rs') && !isNeverRead(file.slice(start)) && !isBelowAny(file, foreign));
}

/** cargo's places for targets that are not the library (`src/util/toml/targets.rs`). */
const TARGET_DIRECTORIES: readonly string[] = ['tests', 'benches', 'examples', 'src/bin'];

/** Directories that belong to other targets: cargo's places, `main.rs` directories in them, and the build script's own. */
function foreignDirectories({ packageRoot, target, others }: Selection): readonly string[] {
  const places = TARGET_DIRECTORIES.map((place) => `${packageRoot}/${place}`);
  const ofOthers = others.flatMap((other) => {
    const directory = dirname(other.sourcePath);
    const inPlace = places.includes(dirname(directory)) && basename(other.sourcePath) === 'main.rs';
    const ofScript = other.kinds.includes('custom-build') && directory !== packageRoot && directory !== `${packageRoot}/src`;
    return inPlace || ofScript ? [directory] : [];
  });
  return [...places, ...ofOthers].filter((directory) => !isWithin(target.sourcePath, directory));
}

function isBelowAny(file: string, directories: readonly string[]): boolean {
  return directories.some((directory) => isWithin(file, directory));
}

function manifestsOf(options: PackageSourcesOptions): readonly string[] {
  return [...new Set([`${options.packageRoot}/Cargo.toml`, `${options.workspaceRoot}/Cargo.toml`])];
}

/** Files of a directory outside the package by git's rules: what a build script may read when it names it. */
function visibleFiles(options: PackageSourcesOptions, directory: string): readonly string[] {
  const files = packageFiles({ ...options, packageRoot: directory, nestedPackages: 'enter' });
  return files.paths.map((path) => `${directory}/${path}`);
}

/** Files of these names in the package's directory and above it, up to the anchor. */
function filesAbove(options: PackageSourcesOptions, names: readonly string[]): readonly string[] {
  const found: string[] = [];
  for (let directory = options.packageRoot; isWithin(directory, options.anchor); directory = dirname(directory)) {
    found.push(...names.map((name) => `${directory}/${name}`).filter((path) => options.probe.kind(path) === 'file'));
    if (directory === options.anchor) break;
  }
  return found;
}

function relativeTo(anchor: string): (file: string) => readonly string[] {
  return (file) => (isWithin(file, anchor) ? [file.slice(anchor.length + 1)] : []);
}

function finish(options: PackageSourcesOptions, own: ModuleReach, files: readonly string[]): UnitSources {
  const start = options.anchor.length + 1;
  const within = new Set(files.filter((file) => isWithin(file, options.anchor)).map((file) => file.slice(start)));
  return {
    files: [...within].toSorted(),
    outside: own.outside.map((file) => outsideDiagnostic(options.repositoryRoot, file)),
    environment: [...own.environment].toSorted(),
  };
}

function outsideDiagnostic(repositoryRoot: string, { from, include, target }: OutsideFile): Diagnostic {
  const file = relative(repositoryRoot, from);
  return {
    code: 'F0311',
    severity: 'warning',
    blame: 'input',
    message: `\`${file}\` includes a file outside the repository`,
    span: spanAt({ file, text: readFileSync(from, 'utf8'), start: include.start, end: include.end }),
    facts: [['file', target]],
    hints: ['move the file into the repository, or write it from a build script'],
  };
}
