import { withoutHashes } from './unit-hashes.ts';
import type { Difference } from './difference.ts';

/** Flags of rustc that take the next word with them. */
const WITH_VALUE = new Set([
  '-C',
  '-Z',
  '-L',
  '-l',
  '--cfg',
  '--check-cfg',
  '--extern',
  '--crate-name',
  '--crate-type',
  '--out-dir',
  '--cap-lints',
]);

/** Flags that follow from other differences: names, hashes and places of what a unit is built from. */
const FOLLOWING = /^(?:\/build\/|--extern |-C metadata=|-C extra-filename=|-L dependency=|--out-dir )/;

/** What the word without a dash is: the crate's root file. */
const ROOT_FILE = 'root file';

/** What differs between two command lines; order counts for nothing, except that of otherwise equal words. */
export function compareFlags(before: readonly string[], after: readonly string[]): readonly Difference[] {
  const [was, is] = [flagsOf(before), flagsOf(after)];
  const gone = without(was, is);
  const fresh = without(is, was);
  return [
    ...gone.flatMap((flag) => flagDifference(flag, 'removed', gone, fresh)),
    ...fresh.flatMap((flag) => flagDifference(flag, 'added', gone, fresh)),
  ];
}

function flagsOf(words: readonly string[]): readonly string[] {
  const flags: string[] = [];
  for (let at = 1; at < words.length; at += 1) {
    const word = words[at] ?? '';
    const next = WITH_VALUE.has(word) ? words[at + 1] : undefined;
    if (next !== undefined) at += 1;
    const flag = withoutHashes(next === undefined ? word : `${word} ${next}`);
    if (!FOLLOWING.test(flag)) flags.push(flag.startsWith('-') ? flag : `${ROOT_FILE}=${flag}`);
  }
  return flags;
}

/** What `left` has more often than `right`. */
function without(left: readonly string[], right: readonly string[]): readonly string[] {
  const rest = [...right];
  return left.filter((flag) => {
    const at = rest.indexOf(flag);
    if (at >= 0) rest.splice(at, 1);
    return at < 0;
  });
}

function flagDifference(
  flag: string,
  change: 'added' | 'removed',
  gone: readonly string[],
  fresh: readonly string[],
): readonly Difference[] {
  const feature = /^--cfg feature="(.*)"$/.exec(flag)?.[1];
  if (feature !== undefined) return [{ kind: 'feature', name: feature, change }];
  const declared = declaredFeatures(flag);
  if (declared !== undefined) {
    const others = new Set((change === 'added' ? gone : fresh).flatMap((other) => declaredFeatures(other) ?? []));
    return declared.filter((name) => !others.has(name)).map((name) => ({ kind: 'declared-feature', name, change }));
  }
  const name = flagName(flag);
  const [before, after] = [gone, fresh].map((flags) => flags.filter((other) => flagName(other) === name));
  // One in the place of one: told once, with both.
  if (before?.length === 1 && after?.length === 1 && before[0] !== undefined && after[0] !== undefined) {
    return change === 'removed' ? [] : [{ kind: 'flag', name, change: 'changed', before: before[0], after: after[0] }];
  }
  return [{ kind: 'flag', name: flag, change }];
}

/** `-C opt-level` of `-C opt-level=3`; a flag without a value is its own name, and so is one that may be repeated. */
function flagName(flag: string): string {
  return /^(?:--cfg|-L|-l|--check-cfg) /.test(flag) ? flag : (flag.split('=', 1)[0] ?? flag);
}

function declaredFeatures(flag: string): readonly string[] | undefined {
  const values = /^--check-cfg cfg\(feature, values\((.*)\)\)$/.exec(flag)?.[1];
  return values === undefined ? undefined : [...values.matchAll(/"([^"]*)"/g)].map((match) => match[1] ?? '');
}
