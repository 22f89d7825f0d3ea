import { readFileSync } from 'node:fs';
import { type Diagnostic, fail, ok, type Result } from '../diagnostics/diagnostic.ts';
import type { HistoryEntry, RunHistory } from '../record/run-history.ts';
import { parseRecord, type RunRecord } from '../record/run-record.ts';
import { nodesOf, type Subject } from './find-target.ts';

/** Where records are found, newest first: {@link RunHistory} is such a place. */
export interface Records extends Pick<RunHistory, 'get'> {
  list(): readonly Pick<HistoryEntry, 'run' | 'startedAt'>[];
}

/** The last run that built the subject, or, where none is on record, the last that checked it. */
export function lastBuildOf(history: Records, subject: Subject): RunRecord | undefined {
  const builds = only(history, ({ request }) => request.purpose !== 'check');
  return lastRunOf(builds, subject) ?? lastRunOf(history, subject);
}

/** Those of the runs that the local engine has run: its nodes are units, whose files are in the store. */
export function localRuns(history: Records): Records {
  return only(history, ({ engine }) => engine === undefined);
}

function only(history: Records, wanted: (record: RunRecord) => boolean): Records {
  const get = (run: string): RunRecord | undefined => {
    const record = history.get(run);
    return record !== undefined && wanted(record) ? record : undefined;
  };
  return { list: () => history.list(), get };
}

/** The last run that the subject was part of; with `before` the last that began earlier than that one, for the same purpose and by the same engine. */
export function lastRunOf(history: Records, subject: Subject, before?: RunRecord): RunRecord | undefined {
  for (const { run, startedAt } of history.list()) {
    const record = before === undefined || startedAt < before.startedAt ? history.get(run) : undefined;
    if (record === undefined || (before !== undefined && !areAlike(record, before))) continue;
    if (nodesOf(record, subject).length > 0) return record;
  }
  return undefined;
}

/** Whether two runs have nodes of the same kind, for the same purpose. */
export function areAlike(left: RunRecord, right: RunRecord): boolean {
  return left.request.purpose === right.request.purpose && left.engine === right.engine;
}

/** A run by (the beginning of) its name, or a file that `--record` wrote. F1081: neither. F1082: the file is no record. */
export function namedRun(history: RunHistory, options: { readonly written: string; readonly path: string }): Result<RunRecord> {
  const { written, path } = options;
  const kept = /^[0-9a-f]{3,12}$/.test(written) ? history.get(written) : undefined;
  if (kept !== undefined) return ok(kept);
  const text = readIfFile(path);
  if (text === undefined) return fail(unknownRun(written, history));
  const record = parseRecord(text);
  return record === undefined ? fail(noRecord(written)) : ok(record);
}

function readIfFile(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error) return undefined;
    throw error;
  }
}

/** F1080 */
export function neverBuilt(subject: Subject): Diagnostic {
  return {
    code: 'F1080',
    severity: 'error',
    blame: 'input',
    message: `no build of \`${subject.text}\` is on record to compare with`,
    hints: [`run \`ferrule build ${subject.text}\` first; of each repository the last 20 runs are kept`],
  };
}

/** F1087 */
export function noRun(): Diagnostic {
  return {
    code: 'F1087',
    severity: 'error',
    blame: 'input',
    message: 'no run of this repository is on record',
    hints: ['run `ferrule build` first'],
  };
}

/** F1086 */
export function neverAsked(subject: Subject): Diagnostic {
  return {
    code: 'F1086',
    severity: 'error',
    blame: 'input',
    message: `nothing is built for \`${subject.text}\``,
    hints: ['`ferrule show` lists the outputs of each package'],
  };
}

function unknownRun(written: string, history: RunHistory): Diagnostic {
  const known = history.list().slice(0, 5);
  return {
    code: 'F1081',
    severity: 'error',
    blame: 'input',
    message: `\`${written}\` is neither a run that is on record nor a file`,
    facts: known.map(({ run, targets }) => [run, targets.join(', ')]),
    hints: [known.length === 0 ? 'no run of this repository is on record' : 'these are the latest runs of this repository'],
  };
}

function noRecord(path: string): Diagnostic {
  return {
    code: 'F1082',
    severity: 'error',
    blame: 'input',
    message: `\`${path}\` is not the record of a run that this version can read`,
    hints: ['write one with `ferrule build --record PATH`, with the same version of Ferrule'],
  };
}
