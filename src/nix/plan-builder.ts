import { sha256Of } from '../model/digest.ts';
import { compareBytes } from '../model/wire.ts';
import type { NixFetch, NixNode, NixPlan, NixSource, NixStep, WrittenNode } from './plan-file.ts';
import type { PythonStep } from './python-steps.ts';
import { withReferences } from './unit-references.ts';
import { outputFiles } from './output-files.ts';
import type { Variables } from './written-environment.ts';
import { NeedLists } from './written-needs.ts';
import { shortenStep, type WrittenPackage, type WrittenStep } from './written-step.ts';

/** The parts of a plan, each once: what several packages or systems need stands there once, because its name is its content. */
export class NixPlanParts {
  readonly fetches = new Map<string, NixFetch>();
  readonly sources = new Map<string, NixSource>();
  readonly packages = new Map<string, WrittenPackage>();
  readonly words = new Map<string, readonly string[]>();
  readonly nodes = new Map<string, WrittenNode>();
  /** As they were lowered; of those that several systems share, what was lowered first. */
  readonly lowered = new Map<string, NixNode>();

  finish(): Pick<NixPlan, 'fetches' | 'sources' | 'packages' | 'words' | 'nodes'> {
    return {
      fetches: sorted(this.fetches),
      sources: sorted(this.sources),
      packages: sorted(this.packages),
      words: sorted(this.words),
      nodes: sorted(this.nodes),
    };
  }
}

/** Collects the parts of a plan for one system. */
export class NixPlanBuilder {
  readonly #parts: NixPlanParts;
  readonly #environments = new Map<string, Variables>();
  readonly #units = new Map<string, readonly string[]>();
  /** Names of the files that each derivation leaves. */
  readonly #outputs = new Map<string, readonly string[]>();
  readonly #needLists = new NeedLists();

  constructor(parts: NixPlanParts) {
    this.#parts = parts;
  }

  /** Name of the download. */
  fetch(fetch: NixFetch): string {
    const version = fetch.kind === 'crate' ? `-${fetch.version}` : '';
    return enter(this.#parts.fetches, contentName(`${fetch.name}${version}`, fetch), fetch);
  }

  /** Name of the part of the repository. */
  source(source: NixSource): string {
    return enter(this.#parts.sources, contentName('source', source), source);
  }

  /**
   * Name of the derivation. It is the name in the store as well: so it follows from what is done, and neither from how the parts of the
   * repository are chosen nor from what else is in the plan. Systems on which the same is done share it, and differ in their units' hashes.
   */
  node(node: NixNode): string {
    const units = unitsOf(node.steps);
    const written = this.#write(node, units);
    const label = `${node.name}-${node.version}`;
    const short = contentName(label, { ...written, sources: written.sources.length });
    const name = this.#isFree(short, written, units) ? short : contentName(label, [written, units]);
    this.#units.set(name, units);
    this.#outputs.set(
      name,
      node.steps.flatMap((step) => (step.kind === 'compile' ? outputFiles(step).map((output) => output.name) : [])),
    );
    this.#needLists.enter(name, written);
    if (!this.#parts.lowered.has(name)) this.#parts.lowered.set(name, node);
    return enter(this.#parts.nodes, name, written);
  }

  /** Variables that say something of this machine, by name. */
  environments(): Readonly<Record<string, Variables>> {
    return sorted(this.#environments);
  }

  /** Hashes of the units of each derivation, in the order of references to them. */
  units(): Readonly<Record<string, string>> {
    return sorted(new Map([...this.#units].flatMap(([name, units]) => (units.length === 0 ? [] : [[name, units.join(' ')] as const]))));
  }

  /** Whether no other derivation has the name. */
  #isFree(name: string, node: WrittenNode, units: readonly string[]): boolean {
    const [known, knownUnits] = [this.#parts.nodes.get(name), this.#units.get(name)];
    const isOther = knownUnits !== undefined && knownUnits.join(' ') !== units.join(' ');
    return !isOther && (known === undefined || JSON.stringify(known) === JSON.stringify(node));
  }

  #write(node: NixNode, own: readonly string[]): WrittenNode {
    const { node: ordered, lists } = this.#needLists.write(node);
    const { needs, steps, ...rest } = ordered;
    const units = { own, needs: needs.map((need) => this.#units.get(need) ?? []) };
    const outputs = needs.map((need) => this.#outputs.get(need) ?? []);
    const packages = new Set<string>();
    const words = new Set<string>();
    const environments = new Set<string>();
    const written = steps.map((step): WrittenStep => {
      const short = shortenStep(step, {
        label: node.label,
        units,
        outputs,
        enterPackage: (pkg) => {
          const { CARGO_PKG_NAME: crate = '', CARGO_PKG_VERSION: version = '' } = pkg.environment;
          const name = enter(this.#parts.packages, contentName(`${crate}-${version}`, pkg), pkg);
          packages.add(name);
          return name;
        },
        enterEnvironment: (name, variables) => {
          const entered = enterOwn(this.#environments, `${node.toolchain ?? ''}-${name}`, variables);
          environments.add(entered);
          return entered;
        },
        enterWords: (name, row) => words.add(enter(this.#parts.words, name, row)),
      });
      return { ...withReferences(short, units), kind: short.kind };
    });
    const named = Object.entries({ packages, words, environments }).filter(([, names]) => names.size > 0);
    return { ...rest, ...lists, ...Object.fromEntries(named.map(([part, names]) => [part, [...names]])), steps: written };
  }
}

/** Under this name, or, where something else has it, under one that says its content. */
function enterOwn<T>(parts: Map<string, T>, name: string, part: T): string {
  const known = parts.get(name);
  const isFree = known === undefined || JSON.stringify(known) === JSON.stringify(part);
  return enter(parts, isFree ? name : contentName(name, part), part);
}

/** What cargo calls the units of some steps, and what it has compiled into their symbols. */
function unitsOf(steps: readonly (NixStep | PythonStep)[]): readonly string[] {
  const hashes = steps.flatMap((step) => [
    ...('unit' in step ? [step.unit] : []),
    ...(step.kind === 'compile' ? step.arguments.flatMap((word) => /^metadata=([0-9a-f]{16})$/.exec(word)?.[1] ?? []) : []),
  ]);
  return [...new Set(hashes)];
}

function enter<T>(parts: Map<string, T>, name: string, part: T): string {
  parts.set(name, part);
  return name;
}

function contentName(label: string, content: unknown): string {
  return `${storeName(label)}-${sha256Of(JSON.stringify(content)).slice(0, 16)}`;
}

/** A text as it may stand in the name of a store path (Nix `src/libstore/path.cc`, `checkName`). */
export function storeName(text: string): string {
  return text.replaceAll(/[^A-Za-z0-9+._?=-]/g, '-').replace(/^\.+/, '');
}

function sorted<T>(parts: ReadonlyMap<string, T>): Readonly<Record<string, T>> {
  return Object.fromEntries([...parts].toSorted(([left], [right]) => compareBytes(left, right)));
}
