import { closeSync, fstatSync, openSync } from 'node:fs';
import { type Diagnostic, fail, ok, type Result } from '../../diagnostics/diagnostic.ts';
import { fileSource } from '../byte-source.ts';
import { elfImports, readElf } from '../elf.ts';
import type { Interpreter, PythonPlatform } from '../interpreter.ts';
import type { CompiledCode, CompiledFile } from './crate-facts.ts';
import { linuxArch } from '../version/platform-tags.ts';
import { isLibPython, judge, mostPortable, type PolicyVerdict, type SystemNeeds } from './manylinux-audit.ts';
import { LEGACY_NAMES, MANYLINUX_MINORS } from './manylinux-table.ts';
import type { MaturinSettings } from './settings.ts';

/** What the wheel is for: `install` on this kind of machine (as `pip install .` tags it: `linux_x86_64`), or to `publish`. */
export type WheelPurpose = 'install' | 'publish';

interface Question {
  readonly code: CompiledCode;
  readonly interpreter: Interpreter;
  readonly settings: Pick<MaturinSettings, 'compatibility' | 'audit' | 'deploymentTargets'>;
  readonly purpose: WheelPurpose;
}

/**
 * Platform part of a wheel's tag, sorted. To publish, compiled files are read and held against the manylinux policies: F0981 for a
 * library that no policy promises, F0982 for a link to libpython, F0983 for symbols newer than the wanted tag allows.
 */
export function platformTags(question: Question): Result<readonly string[]> {
  const { platform } = question.interpreter;
  if (platform.os === 'macos') return ok([macosTag(platform, question.settings)]);
  const arch = linuxArch(platform.arch, question.interpreter.pointerWidth);
  if (question.purpose === 'install') return ok([`linux_${arch}`]);
  return linuxTags(question, { libc: platform.libc.kind, arch });
}

/**
 * Libraries that have to be copied into a wheel so that it keeps to the tag it would get, sorted; empty: none, or it is not to be done
 * (`auditwheel`, `compatibility`), or copying would not help.
 */
export function librariesToGraft(question: Question): readonly string[] {
  const { code, interpreter, settings, purpose } = question;
  const { platform, pointerWidth } = interpreter;
  const { compatibility: wanted, audit } = settings;
  if (purpose === 'install' || platform.os === 'macos' || wanted?.kind === 'linux') return [];
  if (audit !== undefined && audit !== 'repair') return [];
  const files = compiledFiles(code).map(systemNeeds);
  if (code.kind !== 'programs' && files.some(({ needed }) => needed.some(isLibPython))) return [];
  if (platform.libc.kind === 'musl' || wanted?.kind === 'musllinux') {
    return unpromisedByMusl(files, linuxArch(platform.arch, pointerWidth));
  }
  const minor = wanted?.kind === 'manylinux' ? wanted.minor : undefined;
  const libraries = files.flatMap((needs) => {
    const judged = judgedBy(needs, { wanted: minor, mayLinkPython: code.kind === 'programs' });
    return judged?.verdict.kind === 'foreign-libraries' ? judged.verdict.libraries : [];
  });
  return [...new Set(libraries)].toSorted();
}

function judgedBy(
  needs: SystemNeeds,
  { wanted, mayLinkPython }: { readonly wanted: number | undefined; readonly mayLinkPython: boolean },
): Judged | undefined {
  if (wanted === undefined) return mostPortable(needs, { mayLinkPython });
  return { minor: wanted, verdict: judge(needs, { minor: wanted, mayLinkPython }) };
}

function linuxTags(question: Question, place: { readonly libc: 'glibc' | 'musl'; readonly arch: string }): Result<readonly string[]> {
  const { libc, arch } = place;
  const wanted = question.settings.compatibility ?? (libc === 'musl' ? DEFAULT_MUSL : undefined);
  if (wanted?.kind === 'linux') return ok([`linux_${arch}`]);
  if (question.settings.audit === 'skip') {
    if (wanted?.kind === 'manylinux') return ok(manylinuxTags(wanted.minor, arch));
    return ok([wanted?.kind === 'musllinux' ? `musllinux_${wanted.major}_${wanted.minor}_${arch}` : `linux_${arch}`]);
  }
  if (wanted?.kind === 'musllinux') return musllinuxTags(question, { tag: `musllinux_${wanted.major}_${wanted.minor}_${arch}`, arch });
  return glibcTags(question, { arch, wanted: wanted?.kind === 'manylinux' ? wanted.minor : undefined });
}

const DEFAULT_MUSL = { kind: 'musllinux', major: 1, minor: 2 } as const;

interface Judged {
  readonly minor: number;
  readonly verdict: PolicyVerdict;
}

/** The least portable file of a wheel decides. */
function glibcTags(question: Question, place: { readonly arch: string; readonly wanted: number | undefined }): Result<readonly string[]> {
  const { arch, wanted } = place;
  const mayLinkPython = question.code.kind === 'programs';
  let minor = wanted ?? 0;
  const warnings: Diagnostic[] = [];
  for (const file of compiledFiles(question.code)) {
    const needs = systemNeeds(file);
    const python = needs.needed.find(isLibPython);
    if (python !== undefined && !mayLinkPython) return fail(linksPython(python));
    const judged = judgedBy(needs, { wanted, mayLinkPython });
    if (judged === undefined) return noTag(question, { arch, needs });
    if (judged.verdict.kind === 'too-new' || judged.verdict.kind === 'unknown-machine') return fail(tooNew(judged, needs.machine));
    if (judged.verdict.kind === 'foreign-libraries') {
      const problem = foreignLibraries(judged, question.settings.audit);
      if (problem.severity === 'error') return fail(problem);
      warnings.push(problem);
    }
    minor = Math.max(minor, judged.minor);
  }
  return ok(manylinuxTags(minor, arch), warnings);
}

/** musl has no versions of symbols: only which libraries are linked matters. */
function musllinuxTags(question: Question, place: { readonly tag: string; readonly arch: string }): Result<readonly string[]> {
  const libraries = unpromisedByMusl(compiledFiles(question.code).map(systemNeeds), place.arch);
  if (libraries.length === 0) return ok([place.tag]);
  const judged: Judged = { minor: 2, verdict: { kind: 'foreign-libraries', libraries } };
  const problem = foreignLibraries(judged, question.settings.audit, place.tag);
  return problem.severity === 'error' ? fail(problem) : ok([place.tag], [problem]);
}

function unpromisedByMusl(files: readonly SystemNeeds[], arch: string): readonly string[] {
  const promised = new Set(['libz.so.1', 'libc.so', `libc.musl-${arch}.so.1`]);
  const libraries = files
    .flatMap(({ needed }) => needed)
    .filter((library) => !promised.has(library) && !library.startsWith('ld-musl') && !isLibPython(library));
  return [...new Set(libraries)].toSorted();
}

function noTag(question: Question, of: { readonly arch: string; readonly needs: SystemNeeds }): Result<readonly string[]> {
  const { arch, needs } = of;
  const newest = judge(needs, { minor: MANYLINUX_MINORS.at(-1) ?? 0, mayLinkPython: true });
  const facts = newest.kind === 'too-new' ? newest.what.slice(0, 10).map((word) => ['needs', word] as const) : [];
  const message = 'no tag that PyPI takes fits what was compiled: its symbols are newer than every manylinux policy';
  const hint = 'build against an older system, or set `compatibility = "linux"` for wheels that stay within the house';
  if (question.settings.compatibility?.kind === 'pypi') {
    return fail({ code: 'F0983', severity: 'error', blame: 'input', message, facts, hints: [hint] });
  }
  return ok([`linux_${arch}`], [{ code: 'F0983', severity: 'warning', blame: 'input', message, facts, hints: [hint] }]);
}

/** `manylinux_2_17_x86_64` with `manylinux2014_x86_64`. */
function manylinuxTags(minor: number, arch: string): readonly string[] {
  const legacy = LEGACY_NAMES[minor];
  const isLegacyMachine = minor < 17 ? ['x86_64', 'i686'].includes(arch) : LEGACY_MACHINES.has(arch);
  return [...(legacy !== undefined && isLegacyMachine ? [`${legacy}_${arch}`] : []), `manylinux_2_${minor}_${arch}`].toSorted();
}

/** Machines that had `manylinux2014` (PEP 599). */
const LEGACY_MACHINES: ReadonlySet<string> = new Set(['x86_64', 'i686', 'aarch64', 'armv7l', 'ppc64', 'ppc64le', 's390x']);

/** The oldest macOS that rustc builds for, unless the settings ask for a newer one. */
function macosTag(platform: PythonPlatform, settings: Pick<MaturinSettings, 'deploymentTargets'>): string {
  const arch = platform.arch === 'aarch64' ? 'arm64' : platform.arch;
  const target = settings.deploymentTargets[arch === 'arm64' ? 'aarch64-apple-darwin' : 'x86_64-apple-darwin'];
  return `macosx_${target?.replaceAll('.', '_') ?? (arch === 'arm64' ? '11_0' : '10_12')}_${arch}`;
}

function compiledFiles(code: CompiledCode): readonly CompiledFile[] {
  return code.kind === 'programs' ? code.programs : [code.library];
}

function systemNeeds(file: CompiledFile): SystemNeeds {
  const descriptor = openSync(file.path, 'r');
  try {
    const source = fileSource(descriptor, fstatSync(descriptor).size);
    const elf = readElf(source);
    if (elf === undefined) throw new Error(`internal: \`${file.path}\` is no ELF file`);
    return { ...elf, imports: elfImports(source, { weak: 'omit' }) };
  } finally {
    closeSync(descriptor);
  }
}

function foreignLibraries(judged: Judged, audit: MaturinSettings['audit'], tag = `manylinux_2_${judged.minor}`): Diagnostic {
  const libraries = judged.verdict.kind === 'foreign-libraries' ? judged.verdict.libraries : [];
  return {
    code: 'F0981',
    severity: audit === 'warn' ? 'warning' : 'error',
    blame: 'input',
    message: `the wheel would need ${libraries.map((library) => `\`${library}\``).join(', ')}, which systems do not have by \`${tag}\``,
    hints: [
      'link it statically (many `-sys` crates have a feature `vendored` or `bundled`)',
      'or set `compatibility = "linux"` in `[tool.maturin]` for wheels that stay within the house',
      'or set `auditwheel = "repair"` there, so that they are copied into the wheel',
    ],
  };
}

function linksPython(library: string): Diagnostic {
  return {
    code: 'F0982',
    severity: 'error',
    blame: 'input',
    message: `the extension module links \`${library}\`, which an interpreter brings itself`,
    hints: ['use pyo3 0.26 or newer, or add its feature `extension-module` to `features` in `[tool.maturin]`'],
  };
}

function tooNew({ minor, verdict }: Judged, machine: string): Diagnostic {
  const what = verdict.kind === 'too-new' ? verdict.what : [];
  return {
    code: 'F0983',
    severity: 'error',
    blame: 'input',
    message:
      what.length === 0
        ? `there is no \`manylinux_2_${minor}\` for \`${machine}\``
        : `what was compiled does not keep to \`manylinux_2_${minor}\`: it needs newer symbols`,
    facts: what.slice(0, 10).map((word) => ['needs', word] as const),
    hints: ['build against an older system (its glibc decides), or ask for a newer tag with `compatibility` in `[tool.maturin]`'],
  };
}
