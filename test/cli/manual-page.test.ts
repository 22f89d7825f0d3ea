import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { COMMANDS, type CommandSpec } from '../../src/cli/command-table.ts';
import { manualPage } from '../../src/cli/manual-page.ts';
import { OPTIONS } from '../../src/cli/options.ts';

const SPECS: readonly CommandSpec[] = Object.values(COMMANDS);

test('every command has examples, and each begins with it', () => {
  for (const { name, examples } of SPECS) {
    expect(examples.length, name).toBeGreaterThan(0);
    for (const [line] of examples) expect(line).toMatch(new RegExp(`\\bferrule (?:-C \\S+ )?${name}\\b`));
  }
});

test('the manual page has every command, option and example, and no line that roff takes for a command of its own', () => {
  const page = manualPage('1.2.3');
  for (const { name, options, examples } of SPECS) {
    expect(page).toContain(`\n.SS "ferrule ${name}"\n`);
    for (const option of options) expect(page).toContain(`\\-\\-${OPTIONS[option].flag.replaceAll('-', '\\-')}`);
    for (const [line] of examples) expect(page).toContain(line.replaceAll('\\', '\\e').replaceAll('-', '\\-').replaceAll('…', '...'));
  }
  const requests = new Set([...page.matchAll(/^[.'](\S+)/gm)].map(([, request = '']) => request));
  expect([...requests].toSorted()).toEqual(['B', 'BR', 'I', 'PP', 'SH', 'SS', 'TH', 'TP']);
  expect(Buffer.byteLength(page)).toBe(page.length);
});

test('groff finds nothing wrong with it, where there is groff', () => {
  const done = spawnSync('groff', ['-man', '-Tascii', '-ww', '-z'], { input: manualPage('1.2.3'), encoding: 'utf8' });
  expect(done.error === undefined ? `${done.status} ${done.stderr}` : 'no groff').toMatch(/^(?:0 |no groff)$/);
});
