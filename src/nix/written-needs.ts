import { compareBytes } from '../model/wire.ts';
import type { CompileStep, NeedIndex, NixNode, NixStep, ScriptReference } from './plan-file.ts';
import type { PythonStep } from './python-steps.ts';

/** What a node needs, as it is written. */
export interface WrittenNeeds {
  readonly needs: readonly string[];
  /** Libraries: what they are compiled against, by the same lists, is needed as well. Absent: `needs` is all, in its order; else all is sorted. */
  readonly through?: readonly string[];
}

/** What a node is built from, as far as the rest does not follow from it. */
export function directNeeds({ needs, through = [] }: WrittenNeeds): readonly string[] {
  return [...needs, ...through];
}

/**
 * A crate is compiled against its dependencies and against theirs. Written out, that is most of a plan; so a node names the libraries that
 * the others follow from.
 */
export class NeedLists {
  /** A node and what is needed with it where it is used as a library. */
  readonly #closures = new Map<string, ReadonlySet<string>>();

  /** The node with its needs in the order that they are read in, and the lists that say them. */
  write(node: NixNode): { readonly node: NixNode; readonly lists: WrittenNeeds } {
    const all = new Set(node.needs);
    const covered = new Set<string>();
    const through: string[] = [];
    const libraries = librariesOf(node).map((name) => ({ name, closure: this.#closureOf(name) }));
    for (const { name, closure } of libraries.toSorted((left, right) => right.closure.size - left.closure.size)) {
      if (covered.has(name) || ![...closure].every((one) => all.has(one))) continue;
      through.push(name);
      for (const one of closure) covered.add(one);
    }
    if (through.length === 0) return { node, lists: { needs: node.needs } };
    const sorted = [...all].toSorted(compareBytes);
    const placed = new Map(sorted.map((need, index) => [need, index]));
    const positions = node.needs.map((need) => placed.get(need));
    const steps = node.steps.map((step) => renumbered(step, (need) => positions[need] ?? need));
    const others = sorted.filter((need) => !covered.has(need));
    return { node: { ...node, needs: sorted, steps }, lists: { needs: others, through: through.toSorted(compareBytes) } };
  }

  /** To be told of every node, under its name. */
  enter(name: string, { through = [] }: WrittenNeeds): void {
    this.#closures.set(name, new Set([name, ...through.flatMap((one) => [...this.#closureOf(one)])]));
  }

  #closureOf(name: string): ReadonlySet<string> {
    return this.#closures.get(name) ?? new Set([name]);
  }
}

/** What the last step is compiled against. */
function librariesOf({ needs, steps }: NixNode): readonly string[] {
  const last = steps.at(-1);
  if (last?.kind !== 'compile' || !steps.every(({ kind }) => kind === 'compile' || kind === 'script' || kind === 'given-script')) return [];
  const used = Object.values(last.artifacts).flatMap((groups) =>
    groups.flatMap(([need, ...files]) => (files.some((file) => /\.(?:rmeta|rlib)$/.test(file)) ? [need] : [])),
  );
  return [...new Set(used)].flatMap((need) => needs[need] ?? []);
}

/** A step of those that {@link librariesOf} knows, with its needs at other positions. */
function renumbered(step: NixStep | PythonStep, position: (need: NeedIndex) => NeedIndex): NixStep | PythonStep {
  if (step.kind === 'compile') return { ...step, artifacts: movedArtifacts(step, position), scripts: movedScripts(step.scripts, position) };
  if (step.kind !== 'script') return step;
  const { program } = step;
  return { ...step, program: { ...program, need: position(program.need) }, scripts: movedScripts(step.scripts, position) };
}

function movedArtifacts({ artifacts }: CompileStep, position: (need: NeedIndex) => NeedIndex): CompileStep['artifacts'] {
  return Object.fromEntries(
    Object.entries(artifacts).map(([directory, groups]) => [
      directory,
      groups.map(([need, ...files]) => [position(need), ...files] as const).toSorted(([left], [right]) => left - right),
    ]),
  );
}

function movedScripts(scripts: readonly ScriptReference[], position: (need: NeedIndex) => NeedIndex): readonly ScriptReference[] {
  return scripts.map((script) => ({ ...script, need: position(script.need) }));
}
