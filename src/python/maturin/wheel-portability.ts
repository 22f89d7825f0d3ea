import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import { linuxArch } from '../version/platform-tags.ts';
import type { NativeObject, UnpackedWheel } from '../wheel.ts';
import { judge, mostPortable, type PolicyVerdict } from './manylinux-audit.ts';
import { MANYLINUX_MINORS } from './manylinux-table.ts';

/**
 * What keeps a wheel off an index although its backend has made it: a tag such as `linux_x86_64`, which promises nothing. F1007, a
 * warning that names the best tag it could have, and the libraries and symbols that stand in the way of that or of a better one.
 * `undefined`: its tag is another.
 */
export function unportable(filename: string, { facts }: Pick<UnpackedWheel, 'facts'>): Diagnostic | undefined {
  const platform =
    filename
      .replace(/\.whl$/, '')
      .split('-')
      .at(-1) ?? '';
  if (!platform.startsWith('linux_')) return undefined;
  const judged = facts.nativeObjects.map((object) => ({ object, best: judgedAlone(object) }));
  const minors = judged.map(({ best }) => best?.minor);
  const minor = minors.some((one) => one === undefined) ? undefined : Math.max(...minors.map((one) => one ?? 0));
  const foreign = new Set(judged.flatMap(({ best }) => (best?.verdict.kind === 'foreign-libraries' ? best.verdict.libraries : [])));
  const arch = linuxArch(facts.nativeObjects[0]?.machine ?? platform.slice('linux_'.length), 64);
  const better = MANYLINUX_MINORS.filter((one) => minor === undefined || one < minor).at(-1);
  const needs = better === undefined ? [] : judged.flatMap(({ object }) => newerSymbols(object, better));
  return {
    code: 'F1007',
    severity: 'warning',
    blame: 'input',
    message: `indexes refuse \`${filename}\`: its tag promises nothing beyond this machine`,
    facts: [
      ['could be', minor === undefined ? 'nothing else: no manylinux policy is that new' : `manylinux_2_${minor}_${arch}`],
      ...[...foreign].toSorted().map((library) => ['takes in', library] as const),
      ...[...new Set(needs)].slice(0, 6).map((word) => ['needs', word] as const),
    ],
    hints: ['let `auditwheel repair` give it that tag, or build it where an older system is linked'],
  };
}

function judgedAlone(object: NativeObject): { readonly minor: number; readonly verdict: PolicyVerdict } | undefined {
  return mostPortable(needsOf(object), { mayLinkPython: true });
}

function newerSymbols(object: NativeObject, minor: number): readonly string[] {
  const verdict = judge(needsOf(object), { minor, mayLinkPython: true });
  return verdict.kind === 'too-new' ? verdict.what : [];
}

/** Symbols without a version are not known of an unpacked wheel. */
function needsOf({ machine, needed, symbolVersions }: NativeObject): Parameters<typeof judge>[0] {
  return { machine, needed, symbolVersions: new Map(Object.entries(symbolVersions)), imports: [] };
}
