import { join, relative } from 'node:path';
import { ok, type Result } from '../diagnostics/diagnostic.ts';
import { OUTPUT_PLACE, type PackingAnswers, SOURCE_PLACE } from '../python/maturin/packing-cargo.ts';
import { askCargoText, type TextQuestion } from '../rust/cargo/ask-cargo.ts';
import { cargoHomeOf } from '../rust/cargo/gather-facts.ts';
import { type CargoPackage, parseMetadata } from '../rust/cargo/metadata.ts';
import { featureFlags, type CargoSelection } from '../rust/selection.ts';

/** What cargo says about a crate whose wheel or source distribution maturin is to make. */
export interface CrateAnswers extends Pick<PackingAnswers, 'metadata' | 'metadataOfAllFeatures' | 'tree' | 'manifest'> {
  /** The packages of the crate's workspace. */
  readonly members: readonly CargoPackage[];
  /** Absolute manifests of the packages without a source, which are on this machine alone. */
  readonly pathManifests: readonly string[];
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
