import { type Diagnostic, fail, ok, type Result } from '../../diagnostics/diagnostic.ts';
import type { PlatformFacts } from '../facts.ts';
import type { UnitFile } from '../planned-unit.ts';
import { crateName, isCustomBuild, isExample, isExecutable, isLinkableCrateType, isTest, requiresUpstreamObjects } from './unit-traits.ts';
import type { Unit } from '../unit.ts';

/** What one crate type of a unit leaves: the rules of cargo's `FileType` (`src/compiler/build_context/target_info.rs`). */
interface FileType {
  readonly kind: UnitFile['kind'];
  readonly crateType: string;
  readonly prefix: string;
  readonly suffix: string;
  /** The uplifted name has `_` for the `-` of the target's name. */
  readonly underscores: boolean;
  readonly optional: boolean;
}

/**
 * Whether file names carry the unit's hash (cargo `use_extra_filename`): always, but for dynamic libraries of path packages
 * (their name is recorded in what links them) and programs on platforms that record the program's own name.
 */
export function usesExtraFilename(unit: Unit, triple: string): boolean {
  if (isTest(unit) || unit.mode === 'check') return true;
  if (unit.package.source.kind !== 'path') return true;
  const { kinds } = unit.target;
  if (kinds.includes('dylib') || kinds.includes('cdylib')) return false;
  return !(isExecutable(unit.target) && (triple === 'wasm32-unknown-emscripten' || triple.includes('msvc')));
}

/** Every file the rustc call of a unit leaves: what it links first, then `.rmeta`, then dep-info. */
export function outputFiles(options: {
  readonly unit: Unit;
  readonly unitId: string;
  readonly platform: PlatformFacts;
}): Result<readonly UnitFile[]> {
  const { unit, unitId, platform } = options;
  const stem = crateName(unit.target) + (usesExtraFilename(unit, platform.triple) ? `-${unitId}` : '');
  const files: UnitFile[] = [];
  if (unit.mode !== 'check') {
    const types = linkedFileTypes(unit, platform);
    if (types.length === 0) return fail(unsupportedCrateType(unit, platform));
    for (const type of types) {
      files.push({
        kind: type.kind,
        name: `${type.prefix}${stem}${type.suffix}`,
        uplifted: upliftedName(unit, type),
        optional: type.optional,
      });
    }
  }
  if (unit.mode === 'check' || !requiresUpstreamObjects(unit)) {
    files.push({ kind: 'rmeta', name: `lib${stem}.rmeta`, uplifted: undefined, optional: false });
  }
  files.push({ kind: 'dep-info', name: `${stem}.d`, uplifted: undefined, optional: false });
  return ok(files);
}

/** The files among a unit's outputs that `--extern` can name when object code is needed, in the order of its crate types. */
export function linkableFiles(unit: Unit, outputs: readonly UnitFile[]): readonly UnitFile[] {
  if (!unit.target.crateTypes.some(isLinkableCrateType)) return [];
  return outputs.filter((file) => file.kind === 'rlib' || file.kind === 'dylib' || file.kind === 'proc-macro');
}

function linkedFileTypes(unit: Unit, platform: PlatformFacts): readonly FileType[] {
  const crateTypes = isTest(unit) ? ['bin'] : unit.target.crateTypes;
  return crateTypes.flatMap((crateType) => fileTypes(crateType === 'lib' ? 'rlib' : crateType, platform));
}

const FILE_TYPES = new WeakMap<PlatformFacts, Map<string, readonly FileType[]>>();

/** Worked out once for each platform and crate type: a workspace has hundreds of libraries. */
function fileTypes(crateType: string, platform: PlatformFacts): readonly FileType[] {
  let known = FILE_TYPES.get(platform);
  if (known === undefined) {
    known = new Map();
    FILE_TYPES.set(platform, known);
  }
  let types = known.get(crateType);
  if (types === undefined) {
    types = makeFileTypes(crateType, platform);
    known.set(crateType, types);
  }
  return types;
}

function makeFileTypes(crateType: string, platform: PlatformFacts): readonly FileType[] {
  const names = platform.fileNames[crateType];
  if (names === undefined) return [];
  const { prefix, suffix } = names;
  const { triple } = platform;
  const base = { crateType, prefix, underscores: crateType !== 'bin', optional: false };
  const side = { ...base, kind: 'debug', underscores: true, optional: true } as const;
  const types: FileType[] = [{ ...base, kind: fileKind(crateType), suffix }];
  const dynamic = crateType === 'dylib' || crateType === 'cdylib' || crateType === 'proc-macro';
  if (dynamic && suffix === '.dll') {
    if (triple.endsWith('-windows-msvc')) types.push({ ...side, suffix: '.dll.lib' }, { ...side, suffix: '.dll.exp' });
    else if (/(windows-gnu|windows-gnullvm|cygwin)$/.test(triple)) types.push({ ...side, prefix: 'lib', suffix: '.dll.a' });
  }
  if (crateType === 'bin' && triple.startsWith('wasm32-') && suffix === '.js') {
    types.push({ ...side, suffix: '.wasm', optional: false }, { ...side, suffix: '.wasm.map' });
  }
  if (dynamic || crateType === 'bin') types.push(debugFileType({ crateType, suffix, triple, side }));
  return types;
}

/** Debug information kept apart from what was linked; made only under some settings of `split-debuginfo`. */
function debugFileType(options: {
  readonly crateType: string;
  readonly suffix: string;
  readonly triple: string;
  readonly side: Omit<FileType, 'suffix'>;
}): FileType {
  const { crateType, suffix, triple, side } = options;
  if (triple.includes('-apple-')) return { ...side, suffix: crateType === 'bin' ? '.dSYM' : '.dylib.dSYM', underscores: false };
  if (triple.endsWith('-msvc') || triple.endsWith('-uefi')) return { ...side, suffix: '.pdb' };
  return { ...side, suffix: `${suffix}.dwp`, underscores: crateType !== 'bin' };
}

function fileKind(crateType: string): UnitFile['kind'] {
  switch (crateType) {
    case 'rlib':
    case 'dylib':
    case 'cdylib':
    case 'staticlib':
    case 'proc-macro':
      return crateType;
    case 'bin':
      return 'executable';
    default:
      throw new Error(`internal: unknown crate type \`${crateType}\``);
  }
}

/** Cargo `uplift_to`: programs and dylibs always, anything else only when it was selected; build scripts stay where they are. */
function upliftedName(unit: Unit, type: FileType): string | undefined {
  if (unit.mode !== 'build' || isCustomBuild(unit.target)) return undefined;
  if (!unit.target.kinds.includes('bin') && type.crateType !== 'dylib' && !unit.isRoot) return undefined;
  const name = `${type.prefix}${type.underscores ? crateName(unit.target) : unit.target.name}${type.suffix}`;
  return isExample(unit.target) ? `examples/${name}` : name;
}

function unsupportedCrateType(unit: Unit, platform: PlatformFacts): Diagnostic {
  const types = unit.target.crateTypes.map((crateType) => `\`${crateType}\``).join(', ');
  return {
    code: 'F0240',
    severity: 'error',
    blame: 'input',
    message: `cannot produce ${types} for \`${unit.package.name}\`: \`${platform.triple}\` does not support it`,
    facts: [['package', `${unit.package.name} v${unit.package.version}`]],
    hints: ['build for a target that supports it, or leave the package out of the selection'],
  };
}
