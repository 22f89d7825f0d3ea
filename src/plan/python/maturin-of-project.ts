import type { Result } from '../../diagnostics/diagnostic.ts';
import type { BuildSubject } from '../../python/build/build-failure.ts';
import { LEGACY_BUILD_SYSTEM } from '../../python/build/build-system.ts';
import type { InstalledInterpreter } from '../../python/interpreter.ts';
import type { PackingProject } from '../../python/maturin/packing-project.ts';
import type { Project } from '../../python/project/project.ts';
import type { Toolchain } from '../../rust/toolchain.ts';
import { enabledFeatures } from '../extension-selection.ts';
import { askAboutCrate, type CrateAnswers, type CrateQuestion } from '../packing-answers.ts';
import type { PythonPlanner } from './planner.ts';
import { StockMaturin } from './stock-maturin.ts';

/** maturin for a project, and what cargo says about its crate, asked once and when it is needed. */
export function stockMaturin(options: {
  readonly planner: PythonPlanner;
  readonly project: Project;
  readonly packing: PackingProject;
  readonly installed: InstalledInterpreter;
  readonly toolchain: Toolchain;
  readonly subject: BuildSubject;
  /** Absolute: where the sources are looked at. */
  readonly sourceRoot: string;
  /** Absolute: the top of what an action gets of them, above every path package. */
  readonly anchor: string;
  /** Absolute directory of the crate's `Cargo.toml`. */
  readonly crateDirectory: string;
}): { readonly stock: StockMaturin; readonly answers: () => Promise<Result<CrateAnswers>>; readonly question: CrateQuestion } {
  const { planner, project, packing, installed, toolchain, subject, sourceRoot: repositoryRoot, anchor, crateDirectory } = options;
  const { context } = planner;
  const { settings } = packing;
  const question: CrateQuestion = {
    toolchain,
    workspaceRoot: crateDirectory,
    environment: context.request.environment,
    offline: context.request.offline,
    run: context.process,
    onProgress: (text) => context.progress(text),
    crateDirectory,
    anchor,
    features: { ...settings, features: enabledFeatures(settings.features, installed.interpreter) },
  };
  const stock = new StockMaturin({
    store: context.store,
    subject,
    project: packing,
    buildSystem: project.buildSystem ?? LEGACY_BUILD_SYSTEM,
    installed,
    anchor,
    repositoryRoot,
    rustc: toolchain.rustcVerboseVersion,
  });
  let known: Promise<Result<CrateAnswers>> | undefined;
  const answers = async (): Promise<Result<CrateAnswers>> => await (known ??= askAboutCrate(question));
  return { stock, answers, question };
}
