import { dirname, join, relative } from 'node:path';
import { type Diagnostic, fail, ok, type Result } from '../../diagnostics/diagnostic.ts';
import type { BuildSubject } from '../../python/build/build-failure.ts';
import { LEGACY_BUILD_SYSTEM } from '../../python/build/build-system.ts';
import type { InstalledInterpreter } from '../../python/interpreter.ts';
import { type PackingProject, readPackingProject } from '../../python/maturin/packing-project.ts';
import type { Project } from '../../python/project/project.ts';
import { askCargoText } from '../../rust/cargo/ask-cargo.ts';
import { isWithin } from '../../source/path-within.ts';
import { findProgram } from '../find-program.ts';
import type { CrateAnswers, CrateQuestion } from '../packing-answers.ts';
import { requestedCode } from './extension-node.ts';
import type { PythonPlanner } from './planner.ts';
import { labelOf } from './project-form.ts';
import { stockMaturin } from './maturin-of-project.ts';
import type { StockMaturin, StockWork } from './stock-maturin.ts';
import type { PythonNodeId, PythonStep, StepPreparation, StepSurroundings } from './step.ts';

export interface SdistQuestion {
  readonly planner: PythonPlanner;
  readonly project: Project;
  readonly installed: InstalledInterpreter;
}

/** Node of the source distribution of a project with a Rust extension: maturin makes it, with the crates of this machine that it needs. */
export async function extensionSdistNode(question: SdistQuestion): Promise<Result<PythonNodeId>> {
  const { planner, project, installed } = question;
  const packing = readPackingProject(project);
  if (!packing.ok) return packing;
  const asked = requestedCode(planner, packing.value);
  if (!asked.ok) return asked;
  const { crateDirectory } = asked.value;
  const toolchain = await planner.context.toolchainOf({ directory: crateDirectory });
  if (!toolchain.ok) return toolchain;
  const subject: BuildSubject = { label: labelOf(project, undefined), span: project.spanOf(['build-system']) };
  const buildSystem = project.buildSystem ?? LEGACY_BUILD_SYSTEM;
  const needs = planner.requirements({ buildSystem, extra: [], interpreter: installed.interpreter, subject });
  if (!needs.ok) return needs;
  const { root } = planner.repository;
  const maturin = stockMaturin({
    planner,
    project,
    packing: packing.value,
    installed,
    toolchain: toolchain.value,
    subject,
    sourceRoot: root,
    anchor: root,
    crateDirectory,
  });
  const step = new SdistStep({ ...question, ...maturin, packing: packing.value, needs: needs.value, subject });
  return ok(planner.add({ label: subject.label, verb: 'build', needs: needs.value, units: [], step }), packing.warnings);
}

interface SdistStepOptions extends SdistQuestion {
  readonly packing: PackingProject;
  readonly needs: readonly PythonNodeId[];
  readonly subject: BuildSubject;
  readonly stock: StockMaturin;
  readonly answers: () => Promise<Result<CrateAnswers>>;
  readonly question: CrateQuestion;
}

/** `maturin sdist` in the sandbox; cargo has listed the files of each crate before. */
class SdistStep implements PythonStep {
  readonly #options: SdistStepOptions;

  constructor(options: SdistStepOptions) {
    this.#options = options;
  }

  async prepare(surroundings: StepSurroundings): Promise<Result<StepPreparation>> {
    const { planner, needs, stock, packing, question, subject } = this.#options;
    const { store } = planner.context;
    const answers = await this.#options.answers();
    if (!answers.ok) return answers;
    const outside = answers.value.pathPackages.filter(({ manifestPath }) => !isWithin(manifestPath, question.anchor));
    if (outside.length > 0) return fail(outsideOfRepository(subject, outside));
    const lists = await this.#packageLists(answers.value);
    if (!lists.ok) return lists;
    const tracked = await this.#trackedFiles();
    if (!tracked.ok) return tracked;
    const { pythonSource } = packing.settings;
    const work: StockWork = {
      words: ['maturin', 'sdist', '--out', '@dist@'],
      requires: needs.map((node) => surroundings.found.wheel(node)),
      answers: { ...answers.value, packageLists: lists.value, trackedFiles: tracked.value },
      compiled: [],
      outDirectories: new Map(),
      libraries: new Map(),
      packages: pythonSource === undefined ? [] : [join(packing.directory, pythonSource)],
      files: filesOf({ answers: answers.value, lists: lists.value, tracked: tracked.value, anchor: question.anchor, packing }),
      platform: {},
    };
    return await stock.prepare(work, surroundings, async ({ filename, path }) => {
      const digest = store.copyFile(path, { executable: false });
      const tree = store.makeTree(new Map([[filename, { kind: 'file', digest, executable: false }]]));
      return await Promise.resolve(ok({ kind: 'tree', tree }));
    });
  }

  /** `cargo package --list` of the crate and of every one of this machine that it depends on, one after the other: cargo has one lock. */
  async #packageLists({ pathPackages }: CrateAnswers): Promise<Result<Readonly<Record<string, string>>>> {
    const { question } = this.#options;
    const lists: Record<string, string> = {};
    for (const { manifestPath } of pathPackages) {
      const listed = await askCargoText(question, ['package', '--list', '--allow-dirty', `--manifest-path=${manifestPath}`]);
      if (!listed.ok) return listed;
      lists[relative(question.anchor, manifestPath)] = listed.value;
    }
    return ok(lists);
  }

  /** What git has, where `sdist-generator = "git"` says that it decides; `undefined`: it does not. */
  async #trackedFiles(): Promise<Result<string | undefined>> {
    const { planner, project, subject } = this.#options;
    if (project.maturin?.['sdist-generator'] !== 'git') return ok(undefined);
    const { environment } = planner.context.request;
    const git = findProgram('git', environment['PATH'] ?? '');
    const words = { arguments: ['ls-files', '-z'], environment, directory: project.directory };
    const asked = git === undefined ? undefined : await planner.context.process({ program: git, ...words });
    if (asked?.exitCode === 0) return ok(asked.stdout);
    return fail(withoutGit(subject, asked?.stderr ?? 'git: not found', project));
  }
}

/** Everything that was listed, and what manifests name that may lie elsewhere. */
function filesOf(of: {
  readonly answers: CrateAnswers;
  readonly lists: Readonly<Record<string, string>>;
  readonly tracked: string | undefined;
  readonly anchor: string;
  readonly packing: PackingProject;
}): readonly string[] {
  const { answers, lists, tracked, anchor, packing } = of;
  const listed = Object.entries(lists).flatMap(([manifest, text]) =>
    text.split('\n').flatMap((path) => (path === '' ? [] : [join(anchor, dirname(manifest), path)])),
  );
  const named = answers.pathPackages.flatMap(({ manifestPath, readme, licenseFile }) =>
    [readme, licenseFile].flatMap((path) => (path === undefined ? [] : [join(dirname(manifestPath), path)])),
  );
  const inGit = tracked?.split('\0').flatMap((path) => (path === '' ? [] : [join(packing.directory, path)])) ?? [];
  return [...listed, ...named, ...inGit, ...namedByProject(packing)];
}

/** Readme and licence of the project, which may lie above it. */
function namedByProject({ directory, table }: PackingProject): readonly string[] {
  const readme = table?.readme?.file;
  const licence = table?.license?.kind === 'file' ? table.license.file : undefined;
  return [readme, licence].flatMap((path) => (path === undefined ? [] : [join(directory, path)]));
}

function outsideOfRepository({ label, span }: BuildSubject, packages: CrateAnswers['pathPackages']): Diagnostic {
  return {
    code: 'F1005',
    severity: 'error',
    blame: 'input',
    message: `the source distribution of \`${label}\` would hold crates from outside of the repository`,
    ...(span === undefined ? {} : { span }),
    facts: packages.map(({ name, manifestPath }) => [name, manifestPath] as const),
    hints: ['move them into the repository, or depend on a published version of them'],
  };
}

function withoutGit({ label }: BuildSubject, output: string, project: Project): Diagnostic {
  return {
    code: 'F1006',
    severity: 'error',
    blame: 'input',
    message: `git does not tell which files the source distribution of \`${label}\` has`,
    span: project.spanOf(['tool', 'maturin', 'sdist-generator']),
    hints: ['build in a git checkout, or leave `sdist-generator` out: cargo decides then'],
    output,
  };
}
