import { spawnSync } from 'node:child_process';
import { realpathSync, statSync } from 'node:fs';
import { digestOfFile, sha256Of } from '../model/digest.ts';
import type { Store } from '../store/store.ts';

/** What of this machine's compilers can change what a linker or a build script makes. */
export interface MachineIdentity {
  readonly os: string;
  readonly arch: string;
  /** sha256 over linker driver, linker, C and C++ compilers, start files and C library; `none` where no `cc` is installed. */
  readonly compilers: string;
  /** The files that `compilers` came from. */
  readonly files: readonly string[];
}

/** Programs and files that `cc` itself names. */
const PROGRAMS = ['ld', 'as', 'collect2', 'cc1', 'cc1plus'] as const;
const FILES = [
  'libc.so.6',
  'libc.a',
  'libm.so.6',
  'libpthread.a',
  'crt1.o',
  'Scrt1.o',
  'crti.o',
  'crtn.o',
  'crtbeginS.o',
  'crtendS.o',
  'libgcc.a',
  'libgcc_s.so.1',
  'libstdc++.a',
  'libstdc++.so.6',
] as const;

interface Remembered {
  readonly files: Readonly<Record<string, string>>;
  readonly compilers: string;
}

/** Asks the machine once and remembers the answer by the stamps of the files it came from: a later run costs a few stats. */
export function machineIdentity(options: {
  readonly store: Store;
  readonly path: string;
  readonly os: string;
  readonly arch: string;
}): MachineIdentity {
  const { store, path, os, arch } = options;
  const note = store.getNote('machine', path);
  const remembered = note === undefined ? undefined : parseRemembered(note);
  if (remembered !== undefined && Object.entries(remembered.files).every(([file, stamp]) => stampOf(file) === stamp)) {
    return { os, arch, compilers: remembered.compilers, files: Object.keys(remembered.files) };
  }
  const files = compilerFiles(path);
  const compilers =
    files.length === 0 ? 'none' : sha256Of(files.map((file) => `${file.split('/').at(-1) ?? ''} ${digestOfFile(file).hash}\n`).join(''));
  const fresh: Remembered = { files: Object.fromEntries(files.map((file) => [file, stampOf(file) ?? ''])), compilers };
  store.putNote('machine', path, JSON.stringify(fresh));
  return { os, arch, compilers, files };
}

function compilerFiles(path: string): readonly string[] {
  const ask = (argument: string): string | undefined => {
    const answer = spawnSync('cc', [argument], { env: { PATH: path, LANG: 'C' }, encoding: 'utf8' });
    return answer.status === 0 ? answer.stdout.trim() : undefined;
  };
  const driver = path
    .split(':')
    .map((directory) => `${directory}/cc`)
    .find((candidate) => statSync(candidate, { throwIfNoEntry: false })?.isFile());
  if (driver === undefined) return [];
  const named = [
    driver,
    ...PROGRAMS.map((program) => whereIs(ask(`-print-prog-name=${program}`), path)),
    ...FILES.map((file) => ask(`-print-file-name=${file}`)),
  ];
  const found = named.filter((file): file is string => file?.startsWith('/') === true && stampOf(file) !== undefined);
  return [...new Set(found.map((file) => realpathSync(file)))].toSorted();
}

/** `cc` answers with a bare name when the program is to be looked for on the search path. */
function whereIs(program: string | undefined, path: string): string | undefined {
  if (program === undefined || program.startsWith('/')) return program;
  return path
    .split(':')
    .map((directory) => `${directory}/${program}`)
    .find((candidate) => stampOf(candidate) !== undefined);
}

function stampOf(file: string): string | undefined {
  const state = statSync(file, { bigint: true, throwIfNoEntry: false });
  return state === undefined || !state.isFile() ? undefined : `${state.size}:${state.mtimeNs}:${state.ino}`;
}

function parseRemembered(note: string): Remembered | undefined {
  const value: unknown = JSON.parse(note);
  if (typeof value !== 'object' || value === null || !('files' in value) || !('compilers' in value)) return undefined;
  const { files, compilers } = value;
  if (typeof compilers !== 'string' || typeof files !== 'object' || files === null) return undefined;
  const stamps: Record<string, string> = {};
  for (const [file, stamp] of Object.entries(files)) {
    if (typeof stamp !== 'string') return undefined;
    stamps[file] = stamp;
  }
  return { files: stamps, compilers };
}
