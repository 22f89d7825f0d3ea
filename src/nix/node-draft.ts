import { relativeToRoot } from '../rust/layout.ts';
import type { ArtifactInput, ScriptRunUnit } from '../rust/planned-unit.ts';
import type { CompileStep, NeedIndex, ScriptReference, SourceIndex } from './plan-file.ts';

/** What a node has been found to need so far. */
export class NodeDraft {
  readonly needs: string[] = [];
  readonly fetches = new Set<string>();
  readonly sources: string[] = [];
  readonly system = new Set<string>();
  readonly #places = new Map<number, NeedIndex>();

  constructor(own: readonly number[]) {
    for (const index of own) this.#places.set(index, -1);
  }

  has(unit: number): boolean {
    return this.#places.has(unit);
  }

  enter(unit: number, node: string): void {
    this.#places.set(unit, this.output(node));
  }

  /** Position of a node of which everything is needed. */
  output(node: string): NeedIndex {
    const known = this.needs.indexOf(node);
    return known === -1 ? this.needs.push(node) - 1 : known;
  }

  /** Position of a part of the repository. */
  source(name: string): SourceIndex {
    const known = this.sources.indexOf(name);
    return known === -1 ? this.sources.push(name) - 1 : known;
  }

  need(unit: number): NeedIndex {
    const index = this.#places.get(unit);
    if (index === undefined) throw new Error(`internal: unit ${unit} was not asked for`);
    return index;
  }
}

/** The scripts that a step refers to, each once. */
export class Scripts {
  readonly references: ScriptReference[] = [];
  readonly #draft: NodeDraft;
  readonly #unitOf: (index: number) => ScriptRunUnit;
  readonly #positions = new Map<number, number>();

  constructor(draft: NodeDraft, unitOf: (index: number) => ScriptRunUnit) {
    this.#draft = draft;
    this.#unitOf = unitOf;
  }

  position(index: number): number {
    let position = this.#positions.get(index);
    if (position === undefined) {
      const { unitId, outDirectory } = this.#unitOf(index);
      position = this.references.push({ need: this.#draft.need(index), unit: unitId, path: relativeToRoot(outDirectory) }) - 1;
      this.#positions.set(index, position);
    }
    return position;
  }
}

/** Files of other units, by the directory they are to stand in; those that get another name there, as programs do for tests, with it. */
export function artifactGroups(artifacts: readonly ArtifactInput[], draft: NodeDraft): CompileStep['artifacts'] {
  const directories = new Map<string, Map<NeedIndex, string[]>>();
  for (const { unit: maker, file, path } of artifacts) {
    const place = relativeToRoot(path);
    const slash = place.lastIndexOf('/');
    const name = place.slice(slash + 1);
    const directory = place.slice(0, slash);
    const groups = directories.get(directory) ?? new Map<NeedIndex, string[]>();
    directories.set(directory, groups);
    const need = draft.need(maker);
    groups.set(need, [...(groups.get(need) ?? []), name === file ? file : `${file}/${name}`]);
  }
  return Object.fromEntries(
    [...directories].map(([directory, groups]) => [directory, [...groups].map(([need, files]) => [need, ...files] as const)]),
  );
}
