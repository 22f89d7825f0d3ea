import type { NodeId } from '../engine/events.ts';
import { packagePlaces } from '../rust/units/package-place.ts';
import type { CompileUnit, PlannedUnit } from '../rust/planned-unit.ts';
import type { Package } from '../rust/unit.ts';
import type { RustNode } from './rust-graph.ts';
import type { FinishedScript } from './rust-lowering.ts';
import type { WorkspacePlan } from './workspace-plan.ts';

/** What stands at a place that somebody named. */
export interface NamedPlaces {
  readonly packages: readonly Package[];
  /** Script-run units, by position in the plan: the place lies in their OUT_DIR. */
  readonly scripts: readonly number[];
}

/** Knows whose directory a path inside the root is. */
class PlaceIndex {
  readonly #packages = new Map<string, Package>();
  readonly #scripts = new Map<string, number>();

  constructor(plan: WorkspacePlan) {
    const places = packagePlaces(plan.facts);
    for (const planned of plan.units) {
      const pkg = planned.unit.package;
      this.#packages.set(places.root(pkg), pkg);
      if (planned.kind === 'run-script') this.#scripts.set(planned.outDirectory, planned.index);
    }
  }

  /** Owners of all paths in the texts, each once. */
  find(texts: Iterable<string>): NamedPlaces {
    const packages = new Set<Package>();
    const scripts = new Set<number>();
    for (const text of texts) {
      for (const [path] of text.matchAll(/\/build\/(?:registry|git|src|target)\/[^\s"':;,|]+/g)) this.#add(path, packages, scripts);
    }
    return { packages: [...packages], scripts: [...scripts] };
  }

  /** The innermost directory counts: a package may lie in another's. */
  #add(path: string, packages: Set<Package>, scripts: Set<number>): void {
    for (let place = path.replace(/\/+$/, ''); place.length > '/build'.length; place = place.slice(0, place.lastIndexOf('/'))) {
      const script = this.#scripts.get(place);
      if (script !== undefined) scripts.add(script);
      const pkg = this.#packages.get(place);
      if (pkg !== undefined) packages.add(pkg);
      if (script !== undefined || pkg !== undefined) return;
    }
  }
}

/**
 * Values of the root's paths that a crate has compiled in with `env!`, from rustc's dep-info (`# env-dep:NAME=VALUE`): `openssl-src`
 * finds its C sources by the CARGO_MANIFEST_DIR it was compiled with, `protobuf-src` its compiler by a variable of its script.
 */
export function compiledInPaths(depInfo: string): readonly string[] {
  if (!depInfo.includes('=/build/')) return [];
  return [...depInfo.matchAll(/^# env-dep:[^=\n]+=(\/build\/.*)$/gm)].flatMap((match) => match[1] ?? []);
}

/** What finished nodes say. */
export interface FinishedNodes {
  /** {@link compiledInPaths} of what a node has compiled. */
  readonly compiledIn: (node: NodeId) => readonly string[];
  readonly script: (node: NodeId) => FinishedScript;
}

/**
 * Finds the directories of others that an action has to see, because what it runs or reads names them: programs and procedural macros
 * by what they have compiled in, scripts by the metadata and the link flags they hand on. All of it is content, and so the same everywhere.
 */
export class NamedByOthers {
  readonly #finished: FinishedNodes;
  readonly #indexes = new Map<RustNode['workspace'], PlaceIndex>();
  readonly #compiledIn = new Map<NodeId, ReadonlySet<string>>();
  readonly #inMacros = new Map<NodeId, ReadonlySet<string>>();

  constructor(finished: FinishedNodes) {
    this.#finished = finished;
  }

  /** For a node whose dependencies have finished; what it sees anyway is among them. */
  placesFor(node: RustNode): NamedPlaces {
    const texts = node.unit.kind === 'compile' ? this.#textsForCompile(node, node.unit) : this.#textsForScript(node);
    if (texts.length === 0) return NOWHERE;
    let index = this.#indexes.get(node.workspace);
    if (index === undefined) {
      index = new PlaceIndex(node.workspace);
      this.#indexes.set(node.workspace, index);
    }
    const { packages, scripts } = index.find(texts);
    return {
      packages: packages.filter((pkg) => pkg.id !== node.unit.unit.package.id),
      scripts: scripts.length === 0 ? [] : keepDependencies(node, scripts),
    };
  }

  #textsForCompile(node: RustNode, unit: CompileUnit): readonly string[] {
    const texts = [...this.#pathsInMacros(node, unit)];
    if (!unit.links) return texts;
    const outputs = unit.linkScripts.map((index) => this.#finished.script(node.nodeOf(index)).output);
    const told = outputs.flatMap(({ linkSearch, linkArguments }) => [...linkSearch, ...linkArguments].map(({ value }) => value));
    return [...texts, ...told];
  }

  #textsForScript(node: RustNode): readonly string[] {
    if (node.unit.kind === 'compile' || node.unit.script === undefined) return [];
    const program = unitAt(node, node.unit.script.unit);
    const compiledIn = program?.kind === 'compile' ? this.#pathsIn(node, program) : [];
    const told = node.unit.dependencyScripts.flatMap(({ unit }) => this.#finished.script(node.nodeOf(unit)).output.metadata);
    return [...compiledIn, ...told.map(([, value]) => value)];
  }

  /** What the crates of a program or a macro have compiled in. */
  #pathsIn(node: RustNode, unit: CompileUnit): ReadonlySet<string> {
    const id = node.nodeOf(unit.index);
    let paths = this.#compiledIn.get(id);
    if (paths === undefined) {
      const below = compiledDependencies(node, unit).filter((dependency) => !isMacro(dependency));
      paths = union([...below.map((dependency) => this.#pathsIn(node, dependency)), this.#finished.compiledIn(id)]);
      this.#compiledIn.set(id, paths);
    }
    return paths;
  }

  /** What the procedural macros that run while the unit is compiled have compiled in. */
  #pathsInMacros(node: RustNode, unit: CompileUnit): ReadonlySet<string> {
    const id = node.nodeOf(unit.index);
    let paths = this.#inMacros.get(id);
    if (paths === undefined) {
      const below = compiledDependencies(node, unit);
      paths = union(
        below.map((dependency) => (isMacro(dependency) ? this.#pathsIn(node, dependency) : this.#pathsInMacros(node, dependency))),
      );
      this.#inMacros.set(id, paths);
    }
    return paths;
  }
}

const NOWHERE: NamedPlaces = { packages: [], scripts: [] };
const NOTHING: ReadonlySet<string> = new Set();

function unitAt(node: RustNode, index: number): PlannedUnit | undefined {
  return node.workspace.units[index];
}

function compiledDependencies(node: RustNode, unit: CompileUnit): readonly CompileUnit[] {
  return unit.unit.dependencies.flatMap(({ index }) => {
    const dependency = unitAt(node, index);
    return dependency?.kind === 'compile' ? [dependency] : [];
  });
}

function isMacro(unit: CompileUnit): boolean {
  return unit.unit.target.kinds.includes('proc-macro');
}

/** Almost always empty, and then always the same set. */
function union(sets: readonly Iterable<string>[]): ReadonlySet<string> {
  const all = new Set<string>();
  for (const set of sets) for (const text of set) all.add(text);
  return all.size === 0 ? NOTHING : all;
}

/** A text can name what the action does not wait for: that would be there or not by chance. */
function keepDependencies(node: RustNode, scripts: readonly number[]): readonly number[] {
  const seen = new Set<number>();
  const queue = [node.unit.index];
  for (let index = queue.pop(); index !== undefined; index = queue.pop()) {
    for (const dependency of unitAt(node, index)?.unit.dependencies ?? []) {
      if (!seen.has(dependency.index)) queue.push(dependency.index);
      seen.add(dependency.index);
    }
  }
  return scripts.filter((script) => seen.has(script));
}
