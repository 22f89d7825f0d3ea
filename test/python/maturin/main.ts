/* oxlint-disable no-console */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { openStore } from '../../../src/store/directory-store.ts';
import { installedAt, pythonsHere } from '../interpreters/installed-pythons.ts';
import { compareWheels } from './compare-wheels.ts';
import { compiledBuild } from './compiled-build.ts';
import { DIFFERENCES } from './differences.ts';
import { ourBuild, writeOurWheel } from './our-build.ts';
import { NOT_COMPARED, SOURCE_PACKAGES, type SourcePackage, sourcesOf } from './source-packages.ts';
import { stockBuild } from './stock-build.ts';
import { readWheel } from './wheel-contents.ts';
import { readProjectAt } from './written-project.ts';

/**
 * Packs real packages with stock maturin and with Ferrule, and compares the wheels: names, tags, metadata, files, modes, order.
 *
 *     npm run wheels [-- [--compile] [--keep DIR] [--python PATH] [NAME…]]
 *
 * Nothing is compiled: both get the same stand-ins. With `--compile`, maturin compiles the code (dev profile), and ours packs what it
 * compiled. NAME chooses by its part. `--keep` works in DIR and leaves all there.
 */
const { values, positionals } = parseArgs({
  options: { compile: { type: 'boolean' }, keep: { type: 'string' }, python: { type: 'string' } },
  allowPositionals: true,
});
const base = values.keep === undefined ? mkdtempSync(join(tmpdir(), 'ferrule-wheels-')) : resolve(values.keep);
const store = openStore({ directory: join(base, 'store'), now: () => 0, processId: process.pid });
const installed = await installedAt(values.python ?? pythonsHere()[0] ?? 'python3', store);

const chosen = SOURCE_PACKAGES.filter(({ name }) => positionals.length === 0 || positionals.some((part) => name.includes(part)));
let bad = 0;
for (const subject of chosen) {
  const trial = attempt(subject);
  if (trial.problems.length > 0) bad += 1;
  const verdict = trial.problems.length === 0 ? `${trial.files} files alike` : 'BAD';
  console.log(`${subject.name.padEnd(16)} ${`${trial.milliseconds} ms`.padStart(8)}  ${verdict.padEnd(18)} ${trial.wheel}`);
  for (const problem of trial.problems) console.log(problem.replaceAll(/^/gm, '    '));
}
console.log(`${chosen.length - bad} good, ${bad} bad; not compared:`);
for (const { what, why } of DIFFERENCES) console.log(`    ${what}: ${why}`);
console.log('left out:');
for (const { name, why } of NOT_COMPARED) console.log(`    ${name}: ${why}`);
if (values.keep === undefined) rmSync(base, { recursive: true, force: true });
process.exitCode = bad === 0 ? 0 : 1;

interface Trial {
  readonly wheel: string;
  readonly files: number;
  /** To pack with ours, without writing the archive. */
  readonly milliseconds: number;
  readonly problems: readonly string[];
}

/** What goes wrong outside Ferrule (no network, maturin refuses) is a problem of its own. */
function attempt(subject: SourcePackage): Trial {
  try {
    const project = readProjectAt(sourcesOf(subject, join(base, 'sources')));
    const scratch = join(base, 'scratch', subject.name);
    const stock = values.compile === true ? compiledBuild({ project, installed, scratch }) : stockBuild({ project, installed, scratch });
    const started = performance.now();
    const packed = ourBuild({ project, installed, ...stock, store });
    const milliseconds = Math.round(performance.now() - started);
    if (!packed.ok)
      return { wheel: '', files: 0, milliseconds, problems: packed.diagnostics.map(({ code, message }) => `${code}: ${message}`) };
    const ours = readWheel(writeOurWheel(packed.value, { directory: join(scratch, 'ours'), store }));
    return { wheel: ours.filename, files: ours.files.size, milliseconds, problems: compareWheels(readWheel(stock.wheel), ours) };
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    return { wheel: '', files: 0, milliseconds: 0, problems: [error.message] };
  }
}
