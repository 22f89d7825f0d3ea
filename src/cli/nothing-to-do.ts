import { recallRun } from '../plan/remembered-run.ts';
import type { ExitStatus } from './exit-status.ts';
import { jsonReport } from './json-report.ts';
import { storeDirectory } from './settings.ts';
import type { Terminal } from './terminal.ts';
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
const NEVER = /^(?:--verify-determinism|--keep-sandbox|--verbose|--help|--store(?:=.*)?|--color(?:=.*)?|-[a-zA-Z]*[vh][a-zA-Z]*)$/;

/** Name under which a run is remembered; `undefined`: this one is not. */
export function runQuestion(words: Pick<RunWords, 'argv' | 'version' | 'workingDirectory'>): string | undefined {
  const { argv, version, workingDirectory } = words;
  return argv[0] !== 'build' || argv.some((word) => NEVER.test(word)) ? undefined : JSON.stringify([version, workingDirectory, argv]);
}

/** Answers a `ferrule build` that has nothing to do; `undefined`: it has to be looked at properly. */
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
  const view = openRunView({ terminal, progress, verbose: false, directory: workingDirectory, now: elapsedMs });
  const nodes = recalled.messages.map(({ label }, id) => ({ id, label, verb: 'compile', estimateMs: 0, dependencies: [] }));
  view.sink({ type: 'graph', nodes, at: 0 });
  for (const [node, { rendered, warnings }] of recalled.messages.entries())
    view.sink({ type: 'messages', node, rendered, warnings, at: 0 });
  const report = { ...recalled.report, elapsedMs: elapsedMs() };
  view.finish(report, false);
  if (json) terminal.out(jsonReport(report));
  return 0;
}
