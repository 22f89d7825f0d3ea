import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as v from 'valibot';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { openStore } from '../../src/store/directory-store.ts';
import { bundleProgram, type Program } from './rig/program.ts';

let program: Program;
beforeAll(async () => {
  program = await bundleProgram('program');
});
afterAll(() => program.dispose());

/** The times a run took, taken out. */
function timeless(text: string): string {
  return text.replaceAll(/\d+\.\d+s/gu, '[TIME]');
}

function build(scenario: string, ...args: readonly string[]): ReturnType<Program['run']> {
  return program.run(['build', ...args], { SCENARIO: scenario });
}

describe('a build', () => {
  test('lists what it compiles, passes warnings on and ends with one line; stdout stays empty', () => {
    const ended = build('fresh');
    expect(ended.status).toBe(0);
    expect(ended.stdout).toBe('');
    expect(timeless(ended.stderr)).toMatchInlineSnapshot(`
      "   Compiling one v1.0.0
      warning: unused variable: \`x\`

      warning: \`one\` (lib) generated 1 warning
         Compiling two v0.2.0
          Finished 3 units in [TIME] (2 built, 1 reused) → result
      "
    `);
  });

  test('lists reused units with -v', () => {
    expect(timeless(build('fresh', '-v').stderr)).toContain('      Reused three v3.0.0 (bin "three")\n');
  });

  test('says in one line that nothing was to do', () => {
    expect(timeless(build('reused').stderr)).toMatchInlineSnapshot(`
      "    Finished 3 units in [TIME] (all reused) → result
      "
    `);
  });

  test('that fails to compile exits with 1, the compiler first, the summary last', () => {
    const ended = build('compile-error');
    expect(ended.status).toBe(1);
    expect(timeless(ended.stderr)).toMatchInlineSnapshot(`
      "   Compiling one v1.0.0
         Compiling two v0.2.0
      error[E0308]: mismatched types
      error[F9401]: \`two v0.2.0\` does not compile
      hint: \`ferrule build --keep-sandbox\` keeps the directory
      error: 1 unit failed in [TIME] (1 built, 0 reused, 1 not tried)
      "
    `);
  });

  test('on bad input exits with 2, on a broken machine with 3', () => {
    expect(build('bad-input').status).toBe(2);
    expect(build('bad-input').stderr).toBe('error[F9201]: `Cargo.lock` is missing\n');
    expect(build('broken-engine').status).toBe(3);
  });

  test('says what is wrong with a failing disk, and exits with 3', () => {
    const ended = build('store-full');
    expect(ended.status).toBe(3);
    expect(ended.stderr).toMatchInlineSnapshot(`
      "error[F0690]: the store cannot be used: no space is left on its disk
        path          /store/v1
        system error  ENOSPC
      hint: make room with \`ferrule store gc --max-size SIZE\`
      hint: choose another directory with \`--store DIR\` or \`FERRULE_STORE\`
      "
    `);
  });

  test('asks to report a defect, exits with 3, and shows the stack when asked to', () => {
    const ended = build('defect');
    expect(ended.status).toBe(3);
    expect(ended.stderr).toMatchInlineSnapshot(`
      "error[F0790]: internal error: two and two is five
      hint: this is a defect of Ferrule: please report it with the command and this text
      hint: \`FERRULE_BACKTRACE=1\` shows where it happened
      "
    `);
    const traced = program.run(['build'], { SCENARIO: 'defect', FERRULE_BACKTRACE: '1' });
    expect(traced.stderr).toMatch(/Error: internal: two and two is five\n\s+at /u);
  });

  test('colours on request only, and takes the colours out of compiler output otherwise', () => {
    expect(build('compile-error').stderr).not.toContain('\u001B');
    expect(build('compile-error', '--color=always').stderr).toContain('\u001B[1;31merror[E0308]\u001B[0m');
    expect(program.run(['build'], { SCENARIO: 'fresh', CLICOLOR_FORCE: '1' }).stderr).toContain('\u001B[1;32mCompiling\u001B[0m one');
    expect(program.run(['build'], { SCENARIO: 'fresh', CLICOLOR_FORCE: '1', NO_COLOR: '1' }).stderr).not.toContain('\u001B');
  });
});

describe('--json', () => {
  test('prints exactly one document, and progress nowhere', () => {
    const ended = build('fresh', '--json');
    const document: unknown = JSON.parse(ended.stdout);
    expect(document).toEqual({
      ok: true,
      run: 'r1',
      elapsed_ms: expect.any(Number),
      targets: [
        {
          name: 'three',
          kind: 'rust',
          output: 'bin',
          path: expect.stringMatching(/\/result$/u),
          digest: expect.stringMatching(/^sha256:[0-9a-f]{64}$/u),
        },
      ],
      actions: { total: 3, executed: 2, cached: 1, failed: 0 },
      diagnostics: [],
    });
    expect(ended.stderr).not.toContain('Compiling');
    expect(ended.stderr).toContain('unused variable');
    expect(build('fresh', '--json', '-q').stderr).toBe('');
  });

  test('prints the document also when the build, the command line or the program fails', () => {
    const codes = [build('compile-error', '--json'), build('fresh', '--json', '--bogus'), build('defect', '--json')].map(({ stdout }) => {
      const document: { ok: boolean; diagnostics: readonly { code: string }[] } = JSON.parse(stdout);
      return [document.ok, document.diagnostics.map(({ code }) => code)];
    });
    expect(codes).toEqual([
      [false, ['F9401']],
      [false, ['F0720']],
      [false, ['F0790']],
    ]);
  });
});

describe('signals', () => {
  test('the first SIGINT or SIGTERM stops the build, which exits with 130', async () => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      const ended = await program.interrupt('hangs', [signal]);
      expect(ended.status).toBe(130);
      expect(timeless(ended.stderr)).toContain('     Stopped after [TIME] (0 built, 0 reused, 3 not tried)\n');
    }
  });

  test('a second SIGINT does not wait', async () => {
    const ended = await program.interrupt('hangs-forever', ['SIGINT', 'SIGINT']);
    expect(ended.status).toBe(130);
    expect(ended.stderr).not.toContain('Stopped');
  });
});

describe('the command line', () => {
  test('shows the version and help on stdout', () => {
    expect(program.run(['--version'])).toEqual({ status: 0, stdout: expect.stringMatching(/^ferrule \d+\.\d+\.\d+\n$/u), stderr: '' });
    expect(program.run([]).stdout).toBe(program.run(['--help']).stdout);
    expect(program.run(['help', 'build']).stdout).toContain('Examples:\n  ferrule build ');
    expect(program.run(['help']).status).toBe(0);
  });

  test('exits with 2 on bad usage and says what was meant', () => {
    const ended = program.run(['biuld']);
    expect(ended.status).toBe(2);
    expect(ended.stdout).toBe('');
    expect(ended.stderr).toMatchInlineSnapshot(`
      "error[F0721]: unknown command \`biuld\`
      hint: did you mean \`build\`?
      "
    `);
  });

  test('explains a code, and knows which code was meant', () => {
    const known = program.run(['explain', 'f0720']);
    expect(known.status).toBe(0);
    expect(known.stdout).toMatch(/^## F0720: /u);
    const unknown = program.run(['explain', 'F7020']);
    expect(unknown.status).toBe(2);
    expect(unknown.stderr).toContain('error[F0724]: there is no error code `F7020`');
  });

  test('does not mind a reader that leaves early', () => {
    const ended = spawnSync('bash', ['-c', `set -o pipefail; "${process.execPath}" "${program.path}" help build | head -1`], {
      encoding: 'utf8',
    });
    expect(ended).toMatchObject({ status: 0, stderr: '', stdout: 'Usage: ferrule build [OPTIONS] [TARGET...]\n' });
  });

  test('doctor finds what is missing and exits with 3', () => {
    const ended = program.run(['doctor', '--json', '--store', 'store'], { PATH: '/nonexistent' });
    expect(ended.status).toBe(3);
    const document: { ok: boolean; findings: readonly { subject: string; state: string }[] } = JSON.parse(ended.stdout);
    expect(document.ok).toBe(false);
    expect(document.findings.map(({ subject, state }) => `${subject} ${state}`)).toEqual([
      'node ok',
      'cargo error',
      'rustc error',
      'cc error',
      'git warning',
      'pkg-config warning',
      'python3 warning',
      'uv warning',
      'sandbox warning',
      'store ok',
    ]);
  });

  test('doctor says where there is nothing but the machine to look at', () => {
    const directory = mkdtempSync(join(tmpdir(), 'ferrule-doctor-'));
    onTestFinished(() => rmSync(directory, { recursive: true }));
    const { stdout } = program.run(['doctor', '-C', directory, '--store', join(directory, 'store')]);
    expect(stdout).toMatch(/\nhint: there is no repository here: this machine was looked at, and nothing else\n$/u);
  });
});

describe('store gc', () => {
  test('leaves what `ferrule.toml` allows, unless it is told a size or an age', () => {
    const directory = mkdtempSync(join(tmpdir(), 'ferrule-gc-'));
    onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
    const store = openStore({ directory: join(directory, 'store'), now: () => 0, processId: process.pid });
    store.putNote('old', 'x', 'x'.repeat(10_000));
    store.close();
    mkdirSync(join(directory, 'member'));
    const bytesLeft = (...words: readonly string[]): number => {
      const place = ['-C', join(directory, 'member'), '--store', join(directory, 'store')];
      const { stdout } = program.run(['store', 'gc', '--dry-run', '--json', ...place, ...words]);
      const left = v.parse(v.object({ bytes_after: v.number() }), JSON.parse(stdout));
      return left.bytes_after;
    };
    const everything = bytesLeft();
    expect(everything).toBeGreaterThan(10_000);
    writeFileSync(join(directory, 'ferrule.toml'), '[store]\nmax-size = "9KB"\n');
    expect(bytesLeft()).toBeLessThan(9000);
    expect(bytesLeft('--max-size', '1G')).toBe(everything);
    expect(bytesLeft('--max-age', '30000')).toBe(everything);
    writeFileSync(join(directory, 'ferrule.toml'), '[store]\nmax-size = "much"\n');
    const refused = program.run(['store', 'gc', '-C', directory, '--store', join(directory, 'store')]);
    expect(refused.status).toBe(2);
    expect(refused.stderr).toContain('ferrule.toml:2');
  });
});
