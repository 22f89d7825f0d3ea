import type { Digest } from '../model/digest.ts';
import type { RustOutput } from '../repository/target-name.ts';
import type { CompileUnit, PlannedUnit, UnitFile } from '../rust/planned-unit.ts';
import type { CargoSelection } from '../rust/selection.ts';
import type { TreeEntry } from '../store/store.ts';

/** The part of cargo's selection that an output decides; `undefined`: the default output, a package's programs or, without any, its libraries. */
export function selectionOf(output: RustOutput | undefined): Pick<CargoSelection, 'command' | 'targets'> {
  switch (output?.kind) {
    case undefined:
      return { command: 'build', targets: [] };
    case 'bin':
      return { command: 'build', targets: [output.name === undefined ? '--bins' : `--bin=${output.name}`] };
    case 'example':
      return { command: 'build', targets: [`--example=${output.name}`] };
    case 'lib':
    case 'cdylib':
    case 'staticlib':
      return { command: 'build', targets: ['--lib'] };
    case 'test':
    case 'bench':
      return { command: output.kind, targets: output.name === undefined ? [] : [`--${output.kind}=${output.name}`] };
  }
}

/** A file of a root unit that belongs to an output, and its place in the output's tree. */
export interface SelectedFile {
  readonly unit: number;
  readonly file: string;
  /** `bin/rg`, `lib/libfoo.rlib`. */
  readonly path: string;
}

/** The files of an output, by the roots of its plan. Empty: the package has no such target. */
export function selectFiles(options: {
  readonly roots: readonly PlannedUnit[];
  readonly output: RustOutput | undefined;
}): readonly SelectedFile[] {
  const { roots, output } = options;
  const compiled = roots.filter((unit): unit is CompileUnit => unit.kind === 'compile');
  if (output !== undefined) return compiled.flatMap((unit) => filesOf(unit, output));
  const programs = compiled.flatMap((unit) => filesOf(unit, { kind: 'bin', name: undefined }));
  return programs.length > 0
    ? programs
    : compiled.flatMap((unit) => [
        ...filesOf(unit, { kind: 'lib' }),
        ...filesOf(unit, { kind: 'cdylib' }),
        ...filesOf(unit, { kind: 'staticlib' }),
      ]);
}

/** Tree of an output: programs executable, below `bin/`; libraries below `lib/`. */
export function outputTree(
  files: readonly (SelectedFile & { readonly digest: Digest; readonly executable: boolean })[],
): ReadonlyMap<string, TreeEntry> {
  return new Map(files.map(({ path, digest, executable }) => [path, { kind: 'file', digest, executable }]));
}

function filesOf(unit: CompileUnit, output: RustOutput): readonly SelectedFile[] {
  return unit.outputs.flatMap((file) => {
    const path = placeOf({ unit, file, output });
    return path === undefined ? [] : [{ unit: unit.index, file: file.name, path }];
  });
}

function placeOf(options: { readonly unit: CompileUnit; readonly file: UnitFile; readonly output: RustOutput }): string | undefined {
  const { unit, file, output } = options;
  const { kinds, name } = unit.unit.target;
  const isTest = unit.unit.mode === 'test';
  switch (output.kind) {
    case 'test':
    case 'bench':
      return isTest && file.kind === 'executable' && (output.name === undefined || output.name === name) ? `bin/${file.name}` : undefined;
    case 'bin':
    case 'example':
      if (isTest || file.kind !== 'executable' || !kinds.includes(output.kind)) return undefined;
      return output.name === undefined || output.name === name ? `bin/${file.uplifted ?? file.name}` : undefined;
    case 'lib':
      return ['rlib', 'dylib', 'proc-macro'].includes(file.kind) ? `lib/${file.uplifted ?? file.name}` : undefined;
    case 'cdylib':
    case 'staticlib':
      return file.kind === output.kind ? `lib/${file.uplifted ?? file.name}` : undefined;
  }
}
