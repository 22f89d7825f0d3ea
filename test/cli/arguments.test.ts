import { describe, expect, test } from 'vitest';
import { type Invocation, parseArguments } from '../../src/cli/arguments.ts';
import { COMMANDS } from '../../src/cli/command-table.ts';
import { FOREIGN_OPTIONS } from '../../src/cli/foreign-options.ts';
import { NO_OPTIONS, OPTIONS } from '../../src/cli/options.ts';
import { printDiagnostic } from '../../src/diagnostics/print.ts';

function parse(line: string): Invocation {
  return parseArguments(
    line.split(' ').filter((word) => word !== ''),
    { version: '1.2.3', columns: 100 },
  );
}

function commandOf(line: string): Extract<Invocation, { readonly kind: 'command' }> {
  const invocation = parse(line);
  if (invocation.kind !== 'command') throw new Error(`\`${line}\` is not understood`);
  return invocation;
}

function complaint(line: string): string {
  const invocation = parse(line);
  if (invocation.kind !== 'bad') throw new Error(`\`${line}\` is understood`);
  return printDiagnostic(invocation.diagnostic, { colour: false });
}

describe('a command line', () => {
  test('gives every option its value, and the rest their defaults', () => {
    const line =
      'build a b:bin/c -C dir --json --store s -j 3 --profile dev --target t --features x,y -F z --all-features --no-default-features ' +
      '--sandbox off --keep-sandbox --offline --keep-going --timeout 9 --verify-determinism -o out -v -q --color never';
    expect(commandOf(line)).toEqual({
      kind: 'command',
      name: 'build',
      arguments: ['a', 'b:bin/c'],
      values: {
        ...NO_OPTIONS,
        directory: 'dir',
        json: true,
        store: 's',
        jobs: 3,
        profile: 'dev',
        target: 't',
        features: ['x', 'y', 'z'],
        allFeatures: true,
        noDefaultFeatures: true,
        sandbox: 'off',
        keepSandbox: true,
        offline: true,
        keepGoing: true,
        timeout: 9,
        verifyDeterminism: true,
        output: 'out',
        verbose: true,
        quiet: true,
        color: 'never',
      },
    });
    expect(commandOf('build').values).toEqual(NO_OPTIONS);
  });

  test('takes the common options before the command as well', () => {
    expect(commandOf('-C dir --json store stats').values).toEqual({ ...NO_OPTIONS, directory: 'dir', json: true });
    expect(commandOf('store --json stats -C dir').name).toBe('store stats');
  });

  test('reads sizes in powers of 1024', () => {
    const sizes = ['20G', '1.5M', '500', '3KiB', '2gb'].map((size) => commandOf(`store gc --max-size ${size}`).values.maxSize);
    expect(sizes).toEqual([20 * 2 ** 30, 1.5 * 2 ** 20, 500, 3 * 2 ** 10, 2 * 2 ** 30]);
  });

  test('keeps what follows `--` as it is', () => {
    expect(commandOf('build -- --json').arguments).toEqual(['--json']);
    expect(commandOf('build -- --json').values.json).toBe(false);
  });

  test('that is wrong is answered with what was meant', () => {
    const wrong = [
      'build --job 3',
      'biuld',
      'store',
      'store gx',
      'build -j 0',
      'build --color sometimes',
      'build -o',
      'explain',
      'explain a b',
    ];
    expect([...wrong, 'completion tcsh', 'store gc --max-size 3Q', 'build --whatever'].map(complaint).join('\n')).toMatchInlineSnapshot(`
      "error[F0720]: unknown option \`--job\`
      hint: did you mean \`--jobs\`?

      error[F0721]: unknown command \`biuld\`
      hint: did you mean \`build\`?

      error[F0721]: \`ferrule store\` needs a command
      hint: \`ferrule store --help\` lists its commands

      error[F0721]: unknown command \`gx\`
      hint: did you mean \`gc\`?

      error[F0722]: \`0\` is no value for \`--jobs\`
      hint: give a whole number from 1

      error[F0722]: \`sometimes\` is no value for \`--color\`
      hint: choose from \`auto\`, \`always\`, \`never\`

      error[F0722]: \`--output\` needs a value
      hint: \`ferrule build --help\` shows what it takes, with examples

      error[F0723]: \`CODE\` is missing
      hint: \`ferrule explain --help\` shows what it takes, with examples

      error[F0723]: too many arguments for \`explain\`
      hint: \`ferrule explain --help\` shows what it takes, with examples

      error[F0722]: \`tcsh\` is no value for \`SHELL\`
      hint: choose from \`bash\`, \`zsh\`, \`fish\`

      error[F0722]: \`3Q\` is no value for \`--max-size\`
      hint: give a size, such as \`20G\` or \`500M\`

      error[F0720]: unknown option \`--whatever\`
      hint: \`ferrule build --help\` shows what it takes, with examples
      "
    `);
  });

  test('what users of cargo and uv write by habit is answered with what does the same here', () => {
    expect(complaint('build --release')).toContain('hint: release is the profile unless `--profile` says otherwise');
    expect(complaint('build --relase')).toContain('hint: release is the profile');
    expect(complaint('run -p rg')).toContain('hint: the name of a package is a target by itself: `ferrule build NAME`');
    expect(complaint('build --bin=rg')).toContain('hint: a program is a target: `ferrule build NAME:bin/PROGRAM`');
    for (const flag of FOREIGN_OPTIONS.keys()) expect(parse(`build ${flag}`)).toMatchObject({ kind: 'bad' });
  });

  test('asking for help gets it, with examples, on every command', () => {
    for (const command of Object.keys(COMMANDS)) {
      const help = parse(`${command} --help`);
      expect(help.kind === 'text' ? help.text : '').toMatch(new RegExp(`\nExamples:\n  .*ferrule (?:-C \\S+ )?${command}`));
    }
    const version = parse('--version');
    expect(version).toEqual({ kind: 'text', text: 'ferrule 1.2.3\n' });
  });
});

test('options are named in the table as commander names them', () => {
  for (const [name, { flag }] of Object.entries(OPTIONS)) {
    expect(flag.replaceAll(/-(.)/gu, (_, letter: string) => letter.toUpperCase())).toBe(name);
  }
});
