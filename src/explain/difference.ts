/** One thing that is not as it was, of what a key is made from. */
export interface Difference {
  readonly kind: DifferenceKind;
  /** Path, feature, flag, variable, library; as a person names it. */
  readonly name: string;
  readonly change: 'added' | 'removed' | 'changed';
  /** Absent: there was nothing, or it is not shown. */
  readonly before?: string;
  readonly after?: string;
}

/**
 * | kind | name |
 * |---|---|
 * | `file` | a file, by its path in the repository |
 * | `sources` | all of a package's files: which of them is not known |
 * | `version` | the package; its versions are before and after |
 * | `feature`, `declared-feature` | the feature |
 * | `manifest` | a field of the package's manifest |
 * | `flag` | a flag of the compiler's call |
 * | `environment` | a variable |
 * | `toolchain` | rustc, or the interpreter |
 * | `machine` | compilers, libraries and tools of the machine |
 * | `dependency` | a unit that it is, or was, built from |
 * | `input` | another input, by its place in the sandbox |
 * | `profile`, `target` | an option of the command line |
 * | `result` | nothing changed: its result was lost, or it failed before |
 * | `unrecorded` | what went into it is not known |
 */
export type DifferenceKind =
  | 'file'
  | 'sources'
  | 'version'
  | 'feature'
  | 'declared-feature'
  | 'manifest'
  | 'flag'
  | 'environment'
  | 'toolchain'
  | 'machine'
  | 'dependency'
  | 'input'
  | 'profile'
  | 'target'
  | 'result'
  | 'unrecorded';

/** In what order differences that are equally near are told. */
const ORDER: readonly DifferenceKind[] = [
  'profile',
  'target',
  'toolchain',
  'machine',
  'file',
  'version',
  'dependency',
  'feature',
  'manifest',
  'environment',
  'flag',
  'declared-feature',
  'sources',
  'input',
  'result',
  'unrecorded',
];

export function compareDifferences(left: Difference, right: Difference): number {
  return ORDER.indexOf(left.kind) - ORDER.indexOf(right.kind) || (left.name < right.name ? -1 : left.name > right.name ? 1 : 0);
}

/** A difference as a clause: `crates/core/src/lib.rs changed`. */
export function differenceText({ kind, name, change, before, after }: Difference): string {
  const turned = { added: 'added', removed: 'removed', changed: 'changed' }[change];
  switch (kind) {
    case 'file':
      if (before !== undefined && after !== undefined) return `${before} moved to ${after}`;
      return change === 'added' ? `${name} is new` : change === 'removed' ? `${name} is gone` : `${name} changed`;
    case 'sources':
      return `sources of ${name} changed`;
    case 'version':
      return `version of ${name} changed from ${before ?? '?'} to ${after ?? '?'}`;
    case 'feature':
      return `feature \`${name}\` switched ${change === 'removed' ? 'off' : 'on'}`;
    case 'declared-feature':
      return `declared feature \`${name}\` ${turned}`;
    case 'manifest':
      return `\`${name}\` in the manifest ${turned}`;
    case 'flag':
      return before !== undefined && after !== undefined ? `flag \`${before}\` became \`${after}\`` : `flag \`${name}\` ${turned}`;
    case 'environment':
      return `variable \`${name}\` ${change === 'added' ? 'set' : change === 'removed' ? 'no longer set' : 'changed'}`;
    case 'toolchain':
    case 'machine':
      return before !== undefined && after !== undefined && before !== after
        ? `${name} changed from ${before} to ${after}`
        : `${name} ${turned}`;
    case 'dependency':
      return `dependency ${name} ${turned}`;
    case 'input':
      return `input \`${name}\` ${turned}`;
    case 'profile':
    case 'target':
      if (before === undefined) return `${kind} \`${after ?? ''}\` in place of the default one`;
      return after === undefined ? `the default ${kind} in place of \`${before}\`` : `${kind} \`${before}\` became \`${after}\``;
    case 'result':
    case 'unrecorded':
      return name;
  }
}
