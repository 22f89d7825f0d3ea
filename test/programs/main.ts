/* oxlint-disable no-console */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { bundleProgram } from './bundle-program.ts';
import { EXTENSIONS, type ExtensionSubject } from './extension-subjects.ts';
import { missingNeeds } from './machine-needs.ts';
import { NATIVE_CRATES } from './native-crates.ts';
import { REGISTRY_PROGRAMS } from './registry-programs.ts';
import type { Subject } from './subject.ts';
import { tryExtension } from './try-extension.ts';
import { type Trial, trySubject } from './try-subject.ts';

/**
 * Builds real crates and programs with cargo and with Ferrule, and compares what they do.
 *
 *     npm run programs [-- [--keep DIR] [--twin] [--sandbox off] [--ferrule PATH] [NAME…]]
 *
 * NAME chooses by its part; `native`, `registry` and `extension` stand for a whole list. Extensions are source distributions of the
 * Python index, compiled by maturin and by Ferrule. `--twin` builds once more in another place, with
 * another store and `-j1`, and compares every output. `--keep` works in DIR, leaves all there, and uses what cargo has built there
 * before (its times mean nothing then). `--ferrule` names a bundled program; without it, the sources are bundled.
 */
const { values, positionals } = parseArgs({
  options: { keep: { type: 'string' }, twin: { type: 'boolean' }, sandbox: { type: 'string' }, ferrule: { type: 'string' } },
  allowPositionals: true,
});
const base = values.keep === undefined ? mkdtempSync(join(tmpdir(), 'ferrule-programs-')) : resolve(values.keep);
const program = values.ferrule === undefined ? bundleProgram(`ferrule-programs-${process.pid}`) : resolve(values.ferrule);

const chosen = [
  ...NATIVE_CRATES.filter((subject) => isWanted(subject, 'native')),
  ...REGISTRY_PROGRAMS.filter((subject) => isWanted(subject, 'registry')),
  ...EXTENSIONS.filter((subject) => isWanted(subject, 'extension')),
];
console.log(row(['', 'units', 'cargo', 'ferrule', 'again', 'look up', 'twin', '']));
let bad = 0;
for (const subject of chosen) {
  const missing = missingNeeds(subject.needs ?? [], process.env['PATH'] ?? '');
  if (missing.length > 0) {
    console.log(row([subject.name, '', '', '', '', '', '', `left out: install ${missing.join(', ')}`]));
    continue;
  }
  const trial = await attempt(subject);
  if (trial.problems.length > 0) bad += 1;
  console.log(
    row([
      subject.name,
      String(trial.units),
      seconds(trial.cargoSeconds),
      seconds(trial.ferruleSeconds),
      seconds(trial.againSeconds),
      twin(trial),
      trial.problems.length === 0 ? 'good' : 'BAD',
    ]),
  );
  for (const problem of trial.problems) console.log(problem.replaceAll(/^/gm, '    '));
}
console.log(`${chosen.length - bad} good, ${bad} bad`);
if (values.ferrule === undefined) rmSync(dirname(program), { recursive: true });
if (values.keep === undefined) rmSync(base, { recursive: true, force: true });
process.exitCode = bad === 0 ? 0 : 1;

function isWanted(subject: Pick<Subject, 'name'>, list: string): boolean {
  return positionals.length === 0 || positionals.some((part) => part === list || subject.name.includes(part));
}

/** What goes wrong outside Ferrule (no network, cargo fails) is a problem of its own. */
async function attempt(subject: Subject | ExtensionSubject): Promise<Trial> {
  try {
    if (!('source' in subject)) return await tryExtension({ subject, directory: join(base, subject.name) });
    const words = values.sandbox === undefined ? [] : [`--sandbox=${values.sandbox}`];
    return trySubject({
      subject,
      program,
      directory: join(base, subject.name),
      twin: values.twin === true,
      arguments: words,
    });
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    return { units: 0, cargoSeconds: 0, ferruleSeconds: 0, againSeconds: 0, lookUpSeconds: 0, same: undefined, problems: [error.message] };
  }
}

function twin({ same }: Trial): string {
  return same === undefined ? '' : same ? 'same' : 'OTHER';
}

function seconds(value: number): string {
  return `${value.toFixed(value < 10 ? 2 : 1)} s`;
}

function row(cells: readonly string[]): string {
  const widths = [20, 6, 9, 9, 9, 9, 7, 0];
  return cells
    .map((cell, index) => (index === 0 ? cell.padEnd(widths[index] ?? 0) : index < 7 ? cell.padStart(widths[index] ?? 0) : `  ${cell}`))
    .join('')
    .trimEnd();
}
