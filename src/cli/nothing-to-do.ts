import type { BuildReport } from '../plan/build-report.ts';
import { writeQuickAnswer } from '../plan/quick-answer.ts';
import { type RecalledRun, recallRun } from '../plan/remembered-run.ts';
import type { ExitStatus } from './exit-status.ts';
import { jsonReport } from './json-report.ts';
import { storeDirectory } from './settings.ts';
import { coloursOf, type Terminal } from './terminal.ts';
import { openRunView } from './view/run-view.ts';

/** What is asked, and where. */
export interface RunWords {
  readonly argv: readonly string[];
  readonly version: string;
  /** Absolute. */
  readonly workingDirectory: string;
  readonly environment: Readonly<Record<string, string>>;
}

/** Words after which the answer of an earlier run will not do. */
const NEVER =
  /^(?:--verify-determinism|--record(?:=.*)?|--(?:junit|lcov|cobertura)(?:=.*)?|--keep-sandbox|--verbose|--help|--store(?:=.*)?|--color(?:=.*)?|-[a-zA-Z]*[vh][a-zA-Z]*)$/;

/** Commands whose answers are remembered. */
export function isRemembered(command: string | undefined): boolean {
  return command === 'build' || command === 'check';
}

/** Name under which a run is remembered; `undefined`: this one is not. */
export function runQuestion(words: Pick<RunWords, 'argv' | 'version' | 'workingDirectory'>): string | undefined {
  const { argv, version, workingDirectory } = words;
  return !isRemembered(argv[0]) || argv.some((word) => NEVER.test(word)) ? undefined : JSON.stringify([version, workingDirectory, argv]);
}

/** Answers a `ferrule build` or `ferrule check` that has nothing to do; `undefined`: it has to be looked at properly. */
export function answerAtOnce(options: {
  readonly words: RunWords;
  readonly terminal: Terminal;
  readonly elapsedMs: () => number;
}): ExitStatus | undefined {
  const { words, terminal, elapsedMs } = options;
  const { argv, workingDirectory, environment } = words;
  const question = runQuestion(words);
  if (question === undefined) return undefined;
  const place = storeDirectory(undefined, { environment, workingDirectory });
  const recalled = recallRun({ storeDirectory: place, question, variables: environment });
  if (recalled === undefined) return undefined;
  const json = argv.includes('--json');
  const quiet = argv.includes('--quiet') || argv.includes('-q');
  const progress = json && quiet ? 'silent' : json || quiet ? 'none' : 'lines';
  const report = { ...recalled.report, elapsedMs: elapsedMs() };
  tell({ ...words, recalled, terminal, report, progress });
  if (json) terminal.out(jsonReport(report));
  if (!json) layOut({ words, terminal, recalled, progress, storeDirectory: place });
  return 0;
}

/** After a run that is remembered: lays out its answer, so that asking again does not even start this program. */
export function layOutAnswer(options: { readonly words: RunWords; readonly terminal: Terminal }): void {
  const { words, terminal } = options;
  const { argv, workingDirectory, environment } = words;
  const question = runQuestion(words);
  if (question === undefined || environment['FERRULE_QUESTION'] === undefined || argv.includes('--json')) return;
  const place = storeDirectory(undefined, { environment, workingDirectory });
  const recalled = recallRun({ storeDirectory: place, question, variables: environment });
  const progress = argv.includes('--quiet') || argv.includes('-q') ? 'none' : 'lines';
  if (recalled !== undefined) layOut({ words, terminal, recalled, progress, storeDirectory: place });
}

/** For `bin/ferrule`, which has asked in `FERRULE_QUESTION`. */
function layOut(options: {
  readonly words: RunWords;
  readonly terminal: Terminal;
  readonly recalled: RecalledRun;
  readonly progress: 'silent' | 'none' | 'lines';
  readonly storeDirectory: string;
}): void {
  const { words, terminal, recalled, progress, storeDirectory: place } = options;
  const { environment } = words;
  const question = environment['FERRULE_QUESTION'];
  if (question === undefined) return;
  const said = (err: boolean): string => {
    let text = '';
    const colour = coloursOf({ environment, color: undefined, isTerminal: { out: err, err } });
    const to = { ...terminal, colour, err: (piece: string) => (text += piece) };
    tell({ ...words, recalled, terminal: to, report: { ...recalled.report, elapsedMs: SHELL_ELAPSED_MS }, progress });
    return text;
  };
  writeQuickAnswer({ storeDirectory: place, question, ...recalled, plain: said(false), coloured: said(true) });
}

/** What `bin/ferrule` takes when it answers by itself, within the two digits that are shown. */
const SHELL_ELAPSED_MS = 10;

function tell(options: {
  readonly recalled: RecalledRun;
  readonly terminal: Terminal;
  readonly report: BuildReport;
  readonly progress: 'silent' | 'none' | 'lines';
  readonly workingDirectory: string;
}): void {
  const { recalled, terminal, report, progress, workingDirectory } = options;
  const view = openRunView({ terminal, progress, verbose: false, directory: workingDirectory, now: () => 0 });
  const nodes = recalled.messages.map(({ label }, id) => ({ id, label, verb: 'compile', estimateMs: 0, dependencies: [] }));
  view.sink({ type: 'graph', nodes, at: 0 });
  for (const [node, { rendered, warnings }] of recalled.messages.entries())
    view.sink({ type: 'messages', node, rendered, warnings, at: 0 });
  view.finish(report, false);
}
