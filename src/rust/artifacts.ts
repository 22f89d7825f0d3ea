import { compareBytes } from '../model/wire.ts';
import { linkableFiles } from './file-names.ts';
import { entryOf, type PlanContext } from './plan-context.ts';
import type { ArtifactInput, UnitFile } from './planned-unit.ts';
import { dependencyDirectory } from './target-directories.ts';
import { isLinkable, isProcMacro, requiresUpstreamObjects } from './unit-traits.ts';
import type { Unit } from './unit.ts';

/**
 * Which files of other units each rustc call reads, by index, sorted by path.
 *
 * rustc loads the metadata of every crate below the one it compiles, direct or not, and stops at proc macros, whose own
 * dependencies it never asks for. So a call that does not link gets the `.rmeta` of all library dependencies (the linkable file
 * of those that make no `.rmeta`) and the proc macros' libraries; a call that links gets the object code instead.
 */
export function artifactInputs(context: PlanContext): readonly (readonly ArtifactInput[])[] {
  const files = allFiles(context);
  const metadata = new Closures(context, files, 'metadata');
  const objects = new Closures(context, files, 'objects');
  return context.units.map((unit) => {
    if (unit.mode === 'run-custom-build') return [];
    return (wantsObjects(unit) ? objects : metadata).inputsOf(unit);
  });
}

function wantsObjects(unit: Unit): boolean {
  return unit.mode !== 'check' && requiresUpstreamObjects(unit);
}

type Role = 'metadata' | 'objects';

/** Every file that some call may read, sorted by path; a closure is a set of positions in it. */
interface Files {
  readonly inputs: readonly ArtifactInput[];
  /** Position by {@link fileKey}: two units may leave a file of one name, and each has its own users. */
  readonly positions: ReadonlyMap<string, number>;
}

function allFiles(context: PlanContext): Files {
  const inputs: ArtifactInput[] = [];
  for (const unit of context.units) {
    if (!isLinkable(unit.target)) continue;
    const files = [...linkableFiles(unit, entryOf(context.outputs, unit.index)), ...metadataFiles(context, unit)];
    for (const file of files) {
      inputs.push({ unit: unit.index, file: file.name, path: `${dependencyDirectory(context.facts, unit.platform)}/${file.name}` });
    }
  }
  inputs.sort((left, right) => compareBytes(left.path, right.path) || left.unit - right.unit);
  return { inputs, positions: new Map(inputs.map(({ unit, file }, position) => [fileKey(unit, file), position])) };
}

function fileKey(unit: number, file: string): string {
  return `${unit} ${file}`;
}

/** Sets of file positions as bits, since every unit has one and they overlap almost wholly. */
class Closures {
  readonly #context: PlanContext;
  readonly #files: Files;
  readonly #role: Role;
  readonly #sets: (Uint32Array | undefined)[] = [];

  constructor(context: PlanContext, files: Files, role: Role) {
    this.#context = context;
    this.#files = files;
    this.#role = role;
  }

  inputsOf(unit: Unit): readonly ArtifactInput[] {
    const found: ArtifactInput[] = [];
    this.#below(unit).forEach((word, at) => {
      for (let bits = word; bits !== 0; bits &= bits - 1) {
        const input = entryOf(this.#files.inputs, at * 32 + (31 - Math.clz32(bits & -bits)));
        // One path twice below one unit: the same crate built alike for two profile names, hence the same bytes.
        if (found.at(-1)?.path !== input.path) found.push(input);
      }
    });
    return found;
  }

  /** What stands below a unit, itself left out. */
  #below(unit: Unit): Uint32Array {
    const known = this.#sets[unit.index];
    if (known !== undefined) return known;
    const set = new Uint32Array(Math.ceil(this.#files.inputs.length / 32));
    for (const { index } of unit.dependencies) {
      const dependency = entryOf(this.#context.units, index);
      if (!isLinkable(dependency.target)) continue;
      for (const file of this.#filesOf(dependency)) this.#add(set, dependency, file);
      if (isProcMacro(dependency.target)) continue;
      this.#below(dependency).forEach((word, at) => {
        set[at] = (set[at] ?? 0) | word;
      });
    }
    this.#sets[unit.index] = set;
    return set;
  }

  #filesOf(dependency: Unit): readonly UnitFile[] {
    const metadata = this.#role === 'metadata' || dependency.mode === 'check' ? metadataFiles(this.#context, dependency) : [];
    return metadata.length > 0 ? metadata : linkableFiles(dependency, entryOf(this.#context.outputs, dependency.index));
  }

  #add(set: Uint32Array, unit: Unit, file: UnitFile): void {
    const position = this.#files.positions.get(fileKey(unit.index, file.name));
    if (position === undefined) throw new Error(`internal: \`${file.name}\` is no known file`);
    set[position >> 5] = (set[position >> 5] ?? 0) | (1 << (position & 31));
  }
}

function metadataFiles(context: PlanContext, unit: Unit): readonly UnitFile[] {
  return entryOf(context.outputs, unit.index).filter((file) => file.kind === 'rmeta');
}
