import { type Diagnostic, fail, ok, type Result } from '../../diagnostics/diagnostic.ts';
import { cargoDiagnostic, cargoFailureKind, withoutColour } from './cargo-failure.ts';
import { type CargoMetadata, parseMetadata } from './metadata.ts';
import type { ProcessOutcome, ProcessRunner } from './process.ts';
import { cargoCommand, type CargoSelection, featureFlags, selectionFlags } from '../selection.ts';
import type { Toolchain } from '../toolchain.ts';
import { type CargoUnitGraph, parseUnitGraph } from './unit-graph.ts';

export interface CargoQuestion {
  readonly toolchain: Toolchain;
  /** Directory with the `Cargo.lock`: where cargo is started. */
  readonly workspaceRoot: string;
  readonly selection: CargoSelection;
  /** Triples whose dependencies may be needed: the host, and the target if there is one. */
  readonly triples: readonly string[];
  /** The user's environment. */
  readonly environment: Readonly<Record<string, string>>;
  readonly offline: boolean;
  readonly run: ProcessRunner;
  /** What cargo says while it fetches, line by line, without colours. */
  readonly onProgress: (text: string) => void;
}

export interface CargoAnswers {
  readonly graph: CargoUnitGraph;
  readonly metadata: CargoMetadata;
}

/**
 * Asks cargo for the unit graph and the packages, both at once. The network is not used at first: when everything is on this
 * machine, that answers; else `cargo fetch --locked` runs, and cargo is asked again.
 */
export async function askCargo(question: CargoQuestion): Promise<Result<CargoAnswers>> {
  const first = await askBoth(question);
  const failure = failureOf(question, first);
  if (failure === undefined) return readAnswers(question, first);
  const wantsNetwork = first.some((asked) => asked.outcome.exitCode !== 0 && cargoFailureKind(asked.outcome) === 'download');
  if (!wantsNetwork || question.offline) return fail(failure);
  const fetched = await fetchCrates(question);
  if (!fetched.ok) return fetched;
  const second = await askBoth(question);
  const secondFailure = failureOf(question, second);
  return secondFailure === undefined ? readAnswers(question, second) : fail(secondFailure);
}

interface Asked {
  /** As a user would type it. */
  readonly command: string;
  readonly outcome: ProcessOutcome;
}

type BothAsked = readonly [graph: Asked, metadata: Asked];

function askBoth(question: CargoQuestion): Promise<BothAsked> {
  const { selection } = question;
  const graph = [cargoCommand(selection), ...selectionFlags(selection)];
  const metadata = ['metadata', ...featureFlags(selection)];
  const filters = question.triples.map((triple) => `--filter-platform=${triple}`);
  return Promise.all([
    ask(question, { shown: graph, hidden: ['--unit-graph', '-Zunstable-options', '--locked', '--offline'] }),
    ask(question, { shown: metadata, hidden: ['--format-version=1', ...filters, '--locked', '--offline'] }),
  ]);
}

async function ask(
  question: TextQuestion,
  command: { readonly shown: readonly string[]; readonly hidden: readonly string[] },
): Promise<Asked> {
  const outcome = await question.run({
    program: question.toolchain.cargo,
    arguments: [...command.shown, ...command.hidden],
    environment: planningEnvironment(question),
    directory: question.workspaceRoot,
  });
  return { command: ['cargo', ...command.shown].join(' '), outcome };
}

/**
 * The user's environment with exactly this toolchain, unstable options allowed (`--unit-graph` is one), and no compiler wrapper:
 * sccache and its like would only answer cargo's questions about rustc, and Ferrule caches itself.
 */
export function planningEnvironment(question: Pick<CargoQuestion, 'environment' | 'toolchain'>): Readonly<Record<string, string>> {
  return {
    ...question.environment,
    RUSTC: question.toolchain.rustc,
    RUSTC_WRAPPER: '',
    RUSTC_WORKSPACE_WRAPPER: '',
    RUSTC_BOOTSTRAP: '1',
    CARGO_TERM_COLOR: 'always',
    CARGO_TERM_PROGRESS_WHEN: 'never',
    CARGO_TERM_QUIET: 'false',
    CARGO_TERM_VERBOSE: 'false',
  };
}

function failureOf(question: CargoQuestion, asked: BothAsked): Diagnostic | undefined {
  const failed = asked.find(({ outcome }) => outcome.exitCode !== 0);
  return failed === undefined ? undefined : cargoDiagnostic({ ...failed, offline: question.offline });
}

function readAnswers(question: CargoQuestion, asked: BothAsked): Result<CargoAnswers> {
  const { cargoVersion } = question.toolchain;
  const graph = parseUnitGraph(asked[0].outcome.stdout, cargoVersion);
  if (!graph.ok) return graph;
  const metadata = parseMetadata(asked[1].outcome.stdout, cargoVersion);
  return metadata.ok ? ok({ graph: graph.value, metadata: metadata.value }) : metadata;
}

/** What {@link askCargoText} needs to know of its surroundings. */
export type TextQuestion = Omit<CargoQuestion, 'selection' | 'triples'>;

/**
 * What cargo prints for a command that builds nothing, asked as {@link askCargo} asks; what has to be fetched is fetched for every
 * platform.
 */
export async function askCargoText(question: TextQuestion, words: readonly string[]): Promise<Result<string>> {
  const command = { shown: words, hidden: ['--offline', '--color=never'] };
  const first = await ask(question, command);
  if (first.outcome.exitCode === 0) return ok(first.outcome.stdout);
  const { offline } = question;
  if (offline || cargoFailureKind(first.outcome) !== 'download') return fail(cargoDiagnostic({ ...first, offline }));
  const fetched = await fetchCrates({ ...question, triples: [] });
  if (!fetched.ok) return fetched;
  const second = await ask(question, command);
  return second.outcome.exitCode === 0 ? ok(second.outcome.stdout) : fail(cargoDiagnostic({ ...second, offline }));
}

async function fetchCrates(question: Omit<CargoQuestion, 'selection'>): Promise<Result<undefined>> {
  const shown = ['fetch', '--locked', ...question.triples.map((triple) => `--target=${triple}`)];
  const outcome = await question.run({
    program: question.toolchain.cargo,
    arguments: shown,
    environment: planningEnvironment(question),
    directory: question.workspaceRoot,
    onStderr: (line) => {
      const text = withoutColour(line).trim();
      if (text !== '') question.onProgress(text);
    },
  });
  if (outcome.exitCode === 0) return ok(undefined);
  return fail(cargoDiagnostic({ command: ['cargo', ...shown].join(' '), outcome, offline: false }));
}
