import { randomBytes } from 'node:crypto';
import { lstatSync, mkdirSync, renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parseSha256 } from '../model/digest.ts';
import { quickDirectory, storeLayout } from '../store/store-layout.ts';
import type { BuildReport } from './build-report.ts';
import type { RunStamp } from './run-stamp.ts';

/**
 * The answer of a run with nothing to do, laid out so that `bin/ferrule`, a shell script, can give it without starting Node:
 *
 * ```
 * stamp      its modification time lies before every change that matters
 * present    paths that must not have changed since, NUL after each
 * missing    paths that must not exist, NUL after each
 * links      result link, a line; the tree it must lead to, a line
 * plain      what to say            coloured   the same on a terminal
 * ```
 * `question` is the script's own hash over words, directory and environment.
 */
export function writeQuickAnswer(options: {
  readonly storeDirectory: string;
  readonly question: string;
  readonly stamp: RunStamp;
  readonly report: Pick<BuildReport, 'targets'>;
  readonly plain: string;
  readonly coloured: string;
}): void {
  const { storeDirectory, question, stamp, report, plain, coloured } = options;
  const name = parseSha256(question);
  if (name === undefined) return;
  const layout = storeLayout(storeDirectory);
  const links = report.targets.flatMap((target) => [target.path, target.entry]);
  if (links.some((path) => path.includes('\n'))) return;
  const directory = quickDirectory(layout, name);
  if (lstatSync(directory, { throwIfNoEntry: false }) !== undefined) rmSync(directory, { recursive: true });
  const beside = `${directory}.${randomBytes(4).toString('hex')}`;
  mkdirSync(dirname(directory), { recursive: true });
  mkdirSync(beside);
  const which = (present: boolean): string => stamp.paths.map(([path, text]) => ((text !== '') === present ? `${path}\0` : '')).join('');
  writeFileSync(join(beside, 'present'), which(true));
  writeFileSync(join(beside, 'missing'), which(false));
  writeFileSync(join(beside, 'links'), lines(links));
  writeFileSync(join(beside, 'plain'), plain);
  writeFileSync(join(beside, 'coloured'), coloured);
  writeFileSync(join(beside, 'stamp'), '');
  utimesSync(join(beside, 'stamp'), stamp.quietSince / 1000, stamp.quietSince / 1000);
  renameSync(beside, directory);
}

function lines(list: readonly string[]): string {
  return list.map((path) => `${path}\n`).join('');
}
