import { spawnSync } from 'node:child_process';
import { stripVTControlCharacters } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bundleProgram, type Program } from './rig/program.ts';

const hasScript = spawnSync('script', ['--version'], { encoding: 'utf8' }).stdout?.includes('util-linux') ?? false;

describe.skipIf(!hasScript)('on a terminal', () => {
  let program: Program;
  beforeAll(async () => {
    program = await bundleProgram('live-view');
  });
  afterAll(() => program.dispose());

  /** What the program writes to a terminal of 80 columns. */
  function written(scenario: string): { readonly status: number | null; readonly text: string } {
    const command = `stty cols 80 rows 24; exec "${process.execPath}" "${program.path}" build`;
    const { status, stdout } = spawnSync('script', ['--quiet', '--return', '--command', command, '/dev/null'], {
      env: { PATH: process.env['PATH'] ?? '', TERM: 'xterm-256color', SCENARIO: scenario },
      encoding: 'utf8',
    });
    return { status, text: stdout.replaceAll('\r\n', '\n') };
  }

  test('the live view shows what runs, and only the messages and the closing line stay', () => {
    const { status, text } = written('slow');
    expect(status).toBe(0);
    const plain = stripVTControlCharacters(text);
    expect(plain).toContain('Compiling one v1.0.0  ');
    expect(plain).toMatch(/Building \[=+> +\] 1\/3/u);
    expect(text.split('\u001B[?25l').length).toBe(text.split('\u001B[?25h').length);
    expect(text.lastIndexOf('\u001B[?25h')).toBeGreaterThan(text.lastIndexOf('\u001B[?25l'));
    const afterTheLastErasure = stripVTControlCharacters(text.slice(text.lastIndexOf('\u001B[J')));
    expect(afterTheLastErasure).toMatch(/^\s*Finished 3 units in \d+\.\d+s \(2 built, 1 reused\) → result\n$/u);
    expect(plain.match(/unused variable/gu)).toHaveLength(1);
  });

  test('a run with nothing to do is one line and moves no cursor', () => {
    const { status, text } = written('reused');
    expect(status).toBe(0);
    expect(text.replace(/\d+\.\d+s/u, '[TIME]')).toBe('    \u001B[1;32mFinished\u001B[0m 3 units in [TIME] (all reused) → result\n');
  });
});
