import { join, relative } from 'node:path';
import { ok, type Result } from '../diagnostics/diagnostic.ts';
import { OUTPUT_PLACE, type PackingAnswers, SOURCE_PLACE } from '../python/maturin/packing-cargo.ts';
import { askCargoText, type TextQuestion } from '../rust/cargo/ask-cargo.ts';
import { cargoHomeOf } from '../rust/cargo/cargo-home.ts';
import { arrayIn, objectIn, objectOf, stringIn, stringsIn } from '../rust/cargo/json-shape.ts';
import { type CargoMetadata, type CargoPackage, parseMetadata } from '../rust/cargo/metadata.ts';
import { featureFlags, type CargoSelection } from '../rust/selection.ts';
import { isWithin } from '../source/path-within.ts';

/** What cargo says about a crate whose wheel or source distribution maturin is to make. */
export interface CrateAnswers extends Pick<
  PackingAnswers,
  'metadata' | 'metadataOfAllFeatures' | 'metadataOfOthers' | 'tree' | 'manifest'
> {
  /** The packages of the crate's workspace. */
  readonly members: readonly CargoPackage[];
  /** Absolute manifests of the packages without a source, which are on this machine alone. */
  readonly pathManifests: readonly string[];
  /** The crate, and all of those packages that it depends on, tests and every feature considered. */
  readonly pathPackages: readonly CargoPackage[];
  /** Absolute directory of the workspace's manifest. */
  readonly workspaceRoot: string;
}

export interface CrateQuestion extends TextQuestion {
  /** Absolute directory of the crate's `Cargo.toml`. */
  readonly crateDirectory: string;
  /** Absolute: what {@link SOURCE_PLACE} stands for. */
  readonly anchor: string;
  readonly features: Pick<CargoSelection, 'features' | 'allFeatures' | 'noDefaultFeatures'>;
}

/** Asks cargo what maturin would ask it (maturin `src/project_layout.rs`, `src/bridge/detection.rs`), all platforms considered. */
export async function askAboutCrate(question: CrateQuestion): Promise<Result<CrateAnswers>> {
  const { crateDirectory, anchor, features } = question;
  const manifest = join(crateDirectory, 'Cargo.toml');
  const flags = featureFlags({ ...NO_SELECTION, ...features });
  const metadata = ['metadata', '--format-version=1', `--manifest-path=${manifest}`, '--locked'];
  const first = await askCargoText(question, [...metadata, ...flags]);
  if (!first.ok) return first;
  const second = await askCargoText(question, [...metadata, '--all-features']);
  if (!second.ok) return second;
  const known = parseMetadata(first.value, question.toolchain.cargoVersion);
  if (!known.ok) return known;
  const packages = [...known.value.packages.values()];
  const all = parseMetadata(second.value, question.toolchain.cargoVersion);
  if (!all.ok) return all;
  const pathPackages = reachablePackages({ metadata: all.value, text: second.value, manifest });
  const others = await otherWorkspaces(question, { metadata: known.value, pathPackages });
  if (!others.ok) return others;
  const members = packages.filter((one) => one.isWorkspaceMember);
  const tree = members.length > 1 ? await askCargoText(question, treeWords(manifest, flags)) : ok(undefined);
  if (!tree.ok) return tree;
  const places = new Map([
    [anchor, SOURCE_PLACE],
    [cargoHomeOf(question.environment), '/build/cargo-home'],
  ]);
  const relocated = (text: string): unknown => withOwnTarget(relocate(JSON.parse(text), places));
  return ok({
    metadata: relocated(first.value),
    metadataOfAllFeatures: relocated(second.value),
    tree: tree.value === undefined ? undefined : relocateText(tree.value, places),
    manifest: relative(anchor, manifest),
    members,
    pathPackages,
    metadataOfOthers: mapValues(others.value, relocated),
    pathManifests: packages.filter((one) => one.source === undefined).map((one) => one.manifestPath),
    workspaceRoot: known.value.workspaceRoot,
  });
}

const NO_SELECTION: CargoSelection = {
  command: 'build',
  packages: [],
  workspace: false,
  targets: [],
  features: [],
  allFeatures: false,
  noDefaultFeatures: false,
  profile: 'release',
  target: undefined,
};

function treeWords(manifest: string, flags: readonly string[]): readonly string[] {
  const words = ['tree', `--manifest-path=${manifest}`, '--edges=normal,build,dev', '--prefix=none', '--format={p}|{f}'];
  return [...words, ...flags, '--target=all', '--locked'];
}

/** The package of a manifest and those without a source below it. */
function reachablePackages(of: {
  readonly metadata: CargoMetadata;
  /** What cargo printed: the metadata leaves out what only tests use. */
  readonly text: string;
  readonly manifest: string;
}): readonly CargoPackage[] {
  const { metadata, text, manifest } = of;
  const nodes = arrayIn(objectIn(objectOf(JSON.parse(text), 'document'), 'resolve'), 'nodes').map((node) => objectOf(node, 'nodes'));
  const below = new Map(nodes.map((node) => [stringIn(node, 'id'), stringsIn(node, 'dependencies')]));
  const found = new Map<string, CargoPackage>();
  const pending = [...metadata.packages.values()].filter(({ manifestPath }) => manifestPath === manifest).map(({ id }) => id);
  for (let id = pending.pop(); id !== undefined; id = pending.pop()) {
    const pkg = metadata.packages.get(id);
    if (pkg === undefined || pkg.source !== undefined || found.has(id)) continue;
    found.set(id, pkg);
    pending.push(...(below.get(id) ?? []));
  }
  return [...found.values()];
}

/** `cargo metadata` of path packages that belong to another workspace: maturin asks for its root. By manifest, relative to the anchor. */
async function otherWorkspaces(
  question: CrateQuestion,
  { metadata, pathPackages }: { readonly metadata: CargoMetadata; readonly pathPackages: readonly CargoPackage[] },
): Promise<Result<Readonly<Record<string, string>>>> {
  const others: Record<string, string> = {};
  for (const { manifestPath } of pathPackages.filter((one) => !isWithin(one.manifestPath, metadata.workspaceRoot))) {
    const asked = await askCargoText(question, ['metadata', '--format-version=1', '--no-deps', `--manifest-path=${manifestPath}`]);
    if (!asked.ok) return asked;
    others[relative(question.anchor, manifestPath)] = asked.value;
  }
  return ok(others);
}

function mapValues<T>(record: Readonly<Record<string, string>>, change: (text: string) => T): Readonly<Record<string, T>> {
  return Object.fromEntries(Object.entries(record).map(([key, text]) => [key, change(text)]));
}

/** What maturin leaves on the way goes where an action may write. */
function withOwnTarget(metadata: unknown): unknown {
  return { ...Object(metadata), target_directory: `${OUTPUT_PLACE}/target`, build_directory: `${OUTPUT_PLACE}/target` };
}

/** Every path of this machine in a document, as an action has it. */
function relocate(value: unknown, places: ReadonlyMap<string, string>): unknown {
  if (typeof value === 'string') return relocatedPath(value, places);
  if (Array.isArray(value)) return value.map((each) => relocate(each, places));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, relocate(each, places)]));
}

/** A path, or the id of a path package. */
function relocatedPath(text: string, places: ReadonlyMap<string, string>): string {
  for (const [from, to] of places) {
    for (const prefix of ['', 'file://', 'path+file://']) {
      const start = prefix + from;
      if (text.startsWith(start) && /^(?:[/#?]|$)/.test(text.slice(start.length))) return prefix + to + text.slice(start.length);
    }
  }
  return text;
}

/** In lines of text, where paths stand in parentheses. */
function relocateText(text: string, places: ReadonlyMap<string, string>): string {
  return text.replaceAll(/\((\/[^)]*)\)/g, (_, path: string) => `(${relocatedPath(path, places)})`);
}
