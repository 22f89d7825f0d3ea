import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, realpathSync, renameSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, vi } from 'vitest';
import type { Result } from '../../../src/diagnostics/diagnostic.ts';
import { printDiagnostics } from '../../../src/diagnostics/print.ts';
import { LocalEngine } from '../../../src/engine/local/local-engine.ts';
import { type Action, actionKey, type ActionResult } from '../../../src/model/action.ts';
import type { Digest } from '../../../src/model/digest.ts';
import type { Artifact } from '../../../src/python/artifact.ts';
import { type BuiltFile, readAskedRequirements, readBuiltFile } from '../../../src/python/build/build-answer.ts';
import { type BuildLock, chooseBuildRequirements } from '../../../src/python/build/build-requirements.ts';
import { type ProjectManifest, readBuildSystem } from '../../../src/python/build/build-system.ts';
import { type BuildLockSubject, lockBuildSystems } from '../../../src/python/build/lock-build-systems.ts';
import { type BackendCall, requirementsAction } from '../../../src/python/build/wheel-build-action.ts';
import type { InstalledInterpreter, InterpreterTree } from '../../../src/python/interpreter.ts';
import { interpreterTree } from '../../../src/python/interpreters/interpreter-tree.ts';
import type { UnpackedWheel } from '../../../src/python/wheel.ts';
import { unpackWheel } from '../../../src/python/wheel/unpack-wheel.ts';
import { runProcess } from '../../../src/rust/cargo/node-process.ts';
import { type DirectoryStore, openStore } from '../../../src/store/directory-store.ts';
import { removeTree } from '../../../src/store/removal.ts';
import { writeFiles } from '../../repository/temporary-directory.ts';
import { installedAt } from '../interpreters/installed-pythons.ts';
import { oracleTools } from '../oracle.ts';

/** The tests' own environment, for programs that download: certificates and proxies are in it. */
export const ENVIRONMENT: Readonly<Record<string, string>> = Object.fromEntries(
  Object.entries(process.env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
);

export const SUBJECT = { label: 'demo', span: undefined };

/** The value, or the diagnostics as an exception. */
export function valueOf<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(printDiagnostics(result.diagnostics, { colour: false }));
  return result.value;
}

/** What users see of a failure, or `built`. */
export function wordsOf(result: Result<unknown>): string {
  return result.ok ? 'built' : printDiagnostics(result.diagnostics, { colour: false });
}

/** A store of its own, an interpreter, a sandbox: what building takes. One for each test file. */
export class Workshop {
  readonly directory = realpathSync(mkdtempSync(join(tmpdir(), 'ferrule-builds-')));
  readonly store: DirectoryStore = openStore({ directory: join(this.directory, 'store'), now: () => Date.now(), processId: process.pid });
  readonly engine = new LocalEngine({
    store: this.store,
    jobserver: undefined,
    bubblewrap: bubblewrap(),
    timeoutMs: 300_000,
    now: () => Date.now(),
  });
  #installed: InstalledInterpreter | undefined;
  #lock: BuildLock | undefined;
  #number = 0;

  constructor() {
    // A machine that does other things as well must not fail a build.
    vi.setConfig({ testTimeout: 60_000 });
    afterAll(() => removeTree(this.directory), 120_000);
  }

  /** A new directory with the files given, gone with the workshop. */
  place(files: Readonly<Record<string, string>> = {}): string {
    this.#number += 1;
    const directory = join(this.directory, `place-${this.#number}`);
    mkdirSync(directory);
    writeFiles(directory, files);
    return directory;
  }

  async installed(): Promise<InstalledInterpreter> {
    this.#installed ??= await installedAt(process.env['FERRULE_TEST_PYTHON'] ?? 'python3', this.store);
    return this.#installed;
  }

  async interpreter(): Promise<InterpreterTree> {
    return valueOf(interpreterTree({ installed: await this.installed(), store: this.store }));
  }

  /** Locks what is given, for any Python from 3.10 on, with versions as of one day. */
  async lock(
    subjects: readonly BuildLockSubject[],
    options: { readonly previous?: BuildLock; readonly constraints?: readonly string[] } = {},
  ) {
    this.#number += 1;
    return lockBuildSystems({
      subjects,
      rules: {
        requiresPython: '>=3.10',
        constraints: options.constraints ?? [],
        excludeNewer: '2026-11-01T00:00:00Z',
        indexes: [],
        sources: new Map(),
      },
      previous: options.previous,
      uv: {
        program: oracleTools().uv,
        python: oracleTools().python,
        environment: ENVIRONMENT,
        offline: false,
        signal: undefined,
        run: runProcess,
      },
      scratch: join(this.directory, `lock-${this.#number}`),
    });
  }

  /** Locks sets of requirements for later {@link call}s; of a set with a project, also what its backend asks for. */
  async prepare(sets: readonly { readonly requires: readonly string[]; readonly project?: string }[]): Promise<void> {
    const subjects = sets.map(({ requires, project }) => ({ requires, ask: project === undefined ? undefined : this.asker(project) }));
    this.#lock = valueOf(await this.lock(subjects));
  }

  /** Asks the backend of a project what it needs to build anything at all. */
  asker(directory: string): NonNullable<BuildLockSubject['ask']> {
    return async (lock) => {
      const { buildSystem } = await this.manifest(directory);
      const call = await this.call(directory, { requires: await this.requires(buildSystem.requires, lock) });
      const result = await this.run(requirementsAction(call, ['wheel', 'editable', 'sdist']));
      return readAskedRequirements({ store: this.store, subject: SUBJECT, result });
    };
  }

  /** `NAME==VERSION` of everything that {@link prepare} locked. */
  async pins(): Promise<readonly string[]> {
    const { interpreter } = await this.installed();
    const sets = (this.#lock?.buildSystems ?? []).map(({ requires }) =>
      valueOf(chooseBuildRequirements({ lock: this.#lock, requires, interpreter, subject: SUBJECT })),
    );
    return sets.flat().map(({ name, version }) => `${name}==${version}`);
  }

  async requires(requires: readonly string[], lock: BuildLock | undefined = this.#lock): Promise<readonly UnpackedWheel[]> {
    const { interpreter } = await this.installed();
    const chosen = valueOf(chooseBuildRequirements({ lock, requires, interpreter, subject: SUBJECT }));
    return Promise.all(chosen.map(async ({ wheel }) => this.unpacked(wheel)));
  }

  async unpacked(artifact: Artifact): Promise<UnpackedWheel> {
    const { path, digest } = await downloaded(artifact);
    return valueOf(await unpackWheel({ store: this.store, path, digest, filename: artifact.filename }));
  }

  /** A directory as sources. */
  sources(directory: string): Digest {
    const scratch = this.store.scratch();
    cpSync(directory, join(scratch.path, 'sources'), { recursive: true });
    const tree = this.store.takeTree(join(scratch.path, 'sources'));
    scratch.dispose();
    return tree;
  }

  /** Everything that a build of the project in a directory is made from. */
  async call(directory: string, changes: Partial<BackendCall> = {}): Promise<BackendCall> {
    const { buildSystem } = await this.manifest(directory);
    return {
      store: this.store,
      interpreter: await this.interpreter(),
      buildSystem,
      requires: changes.requires ?? (await this.requires(buildSystem.requires)),
      sources: this.sources(directory),
      subdirectory: undefined,
      configSettings: {},
      environment: {},
      platform: {},
      ...changes,
    };
  }

  async manifest(directory: string): Promise<ProjectManifest> {
    const path = join(directory, 'pyproject.toml');
    return valueOf(await readBuildSystem({ file: 'pyproject.toml', text: existsSync(path) ? readFileSync(path, 'utf8') : undefined }));
  }

  async run(action: Action): Promise<ActionResult> {
    return valueOf(await this.engine.run({ action, key: actionKey(action), label: 'demo', keepSandbox: false }));
  }

  async build(action: Action): Promise<Result<BuiltFile>> {
    return readBuiltFile({ store: this.store, subject: SUBJECT, result: await this.run(action) });
  }
}

function bubblewrap(): string {
  const found = ENVIRONMENT['PATH']
    ?.split(':')
    .map((directory) => join(directory, 'bwrap'))
    .find((path) => existsSync(path));
  if (found === undefined) throw new Error('bubblewrap is needed to build in a sandbox');
  return found;
}

const DOWNLOADS = fileURLToPath(new URL('../../../node_modules/.cache/ferrule/build-wheels', import.meta.url));

/** A file of an index, kept between runs by its hash. */
export async function downloaded(artifact: Artifact): Promise<{ readonly path: string; readonly digest: Digest }> {
  const { digestOfFile } = await import('../../../src/model/digest.ts');
  const hash = artifact.hash?.hex ?? '';
  const path = join(DOWNLOADS, hash);
  if (!existsSync(path)) {
    if (artifact.location.kind !== 'url') throw new Error('a file on the disk is not downloaded');
    const response = await fetch(artifact.location.url);
    const bytes = Buffer.from(await response.arrayBuffer());
    if (createHash('sha256').update(bytes).digest('hex') !== hash) throw new Error(`wrong hash of ${artifact.filename}`);
    mkdirSync(DOWNLOADS, { recursive: true });
    writeFileSync(`${path}.${process.pid}`, bytes);
    renameSync(`${path}.${process.pid}`, path);
  }
  return { path, digest: digestOfFile(path) };
}

/**
 * Sorted `path sha256 mode` lines of a wheel's files, `RECORD` apart; times and order do not count. Of compiled modules the symbols they
 * export: their bytes name the directory of the build, and the interpreter's own where `sysconfig` tells the linker of it.
 */
export function wheelFiles(path: string): readonly string[] {
  const program = `
import hashlib, subprocess, sys, tempfile, zipfile
def content(archive, info):
    data = archive.read(info)
    if not info.filename.endswith('.so'): return data
    with tempfile.NamedTemporaryFile() as module:
        module.write(data)
        module.flush()
        listed = subprocess.run(['nm', '-D', '--defined-only', '--format=posix', module.name], check=True, capture_output=True, text=True).stdout
        return ' '.join(line.split()[0] for line in listed.splitlines()).encode()
with zipfile.ZipFile(sys.argv[1]) as archive:
    for info in archive.infolist():
        if not info.filename.endswith('/RECORD'):
            print(info.filename, hashlib.sha256(content(archive, info)).hexdigest(), oct(info.external_attr >> 16 & 0o111))
`;
  return lines('python3', ['-c', program, path]);
}

/** A virtual environment with PyPA's `build` and the given packages, by uv. */
export function oracleEnvironment(options: {
  readonly directory: string;
  readonly python: string;
  readonly pins: readonly string[];
}): string {
  const { uv } = oracleTools();
  lines(uv, ['venv', '-q', '--python', options.python, options.directory]);
  lines(uv, ['pip', 'install', '-q', '--python', join(options.directory, 'bin/python'), 'build==1.6.1', ...new Set(options.pins)]);
  return options.directory;
}

/** What `python -m build` of PyPA makes of a project in such an environment: the path of the wheel or source distribution. */
export function oracleBuild(options: {
  /** Absolute: of the project. */
  readonly directory: string;
  readonly out: string;
  readonly kind: 'wheel' | 'sdist';
  /** Of {@link oracleEnvironment}. */
  readonly environment: string;
}): string {
  const { directory, kind, environment } = options;
  const out = join(options.out, 'dist');
  const copy = join(options.out, 'src');
  cpSync(directory, copy, { recursive: true });
  lines(join(environment, 'bin/python'), ['-m', 'build', `--${kind}`, '--no-isolation', '--skip-dependency-check', '-o', out, copy], {
    SOURCE_DATE_EPOCH: '315532800',
    PATH: `${join(environment, 'bin')}:${ENVIRONMENT['PATH'] ?? ''}`,
  });
  return join(out, readdirSync(out)[0] ?? 'nothing');
}

function lines(program: string, words: readonly string[], variables: Readonly<Record<string, string>> = {}): readonly string[] {
  const done = spawnSync(program, words, { encoding: 'utf8', env: { ...ENVIRONMENT, ...variables } });
  if (done.status !== 0) throw new Error(`${program} ${words.join(' ')}\n${done.stdout}${done.stderr}`);
  return done.stdout.trim().split('\n').toSorted();
}
