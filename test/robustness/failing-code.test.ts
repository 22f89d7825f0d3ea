import { spawnSync } from 'node:child_process';
import { afterAll, expect, test, vi } from 'vitest';
import { plainVariables, Program } from './program.ts';
import { Place } from './workspace.ts';

vi.setConfig({ testTimeout: 180_000 });

const ferrule = new Program();
afterAll(() => ferrule[Symbol.dispose]());

const BUILD = ['build', '--profile', 'dev', '--offline'];

/** What cargo prints for the same workspace, without its progress. */
function cargoSays(place: Place): string {
  const environment = { ...plainVariables(), CARGO_TARGET_DIR: `${place.root}/target`, CARGO_TERM_COLOR: 'always' };
  return spawnSync('cargo', ['build', '--offline', '--locked'], { cwd: place.directory, env: environment, encoding: 'utf8' }).stderr;
}

/** The compiler's own words: without both programs' progress, and from `error: could not compile` on, where each goes on in its own way. */
function compilerWords(text: string): string {
  const escape = String.fromCharCode(27);
  const plain = text.replaceAll(new RegExp(`${escape}\\[[0-9;]*m`, 'g'), '');
  const lines = plain.split('\n').filter((line) => !/^ *(?:Compiling|Running|Finished|Reused|Locking|Blocking|Updating) /.test(line));
  return (
    lines
      .filter((line) => !/^(?:error(?:\[F\d+\])?: could not compile|error: \d+ units? failed|hint: )/.test(line))
      .join('\n')
      // What cargo could repair by itself is nothing that Ferrule can.
      .replaceAll(/ \(run `cargo fix [^)]*\)/g, '')
      .replaceAll(/\n\n+/g, '\n\n')
      .trim()
  );
}

const BROKEN = {
  lib: {
    files: {
      'src/lib.rs': `pub fn half(number: u32) -> u32 {
    let unused = 1;
    number / 2
}
`,
    },
  },
  app: {
    needs: ['lib'],
    files: {
      'src/main.rs': `mod inner;

fn main() {
    let text: &str = lib::half(4);
    println!("{}", missing);
}
`,
      'src/inner.rs': `pub fn borrowed() -> &str {
    "x"
}
`,
    },
  },
};

test('a compile error and a warning read as under cargo, to the letter', () => {
  using place = new Place();
  place.workspace(BROKEN);
  const { status, stderr } = ferrule.run(BUILD, place);
  expect(status).toBe(1);
  expect(compilerWords(stderr)).toBe(compilerWords(cargoSays(place)));
  expect(stderr).toContain('error[F0401]: could not compile `app` (bin "app") due to 3 previous errors');
});

test('colours are those of the compiler when asked for', () => {
  using place = new Place();
  place.workspace(BROKEN);
  const { stderr } = ferrule.run([...BUILD, '--color', 'always'], place);
  const error = cargoSays(place)
    .split('\n')
    .find((line) => line.includes('E0425'));
  expect(error).toBeDefined();
  expect(stderr).toContain(error);
});

test('a failure does not hide: the same build fails again, and warnings of what is reused are shown again', () => {
  using place = new Place();
  place.workspace(BROKEN);
  const first = ferrule.run(BUILD, place);
  const second = ferrule.run(BUILD, place);
  expect(second.status).toBe(1);
  expect(compilerWords(second.stderr)).toBe(compilerWords(first.stderr));
  expect(compilerWords(second.stderr)).toContain('warning: `lib` (lib) generated 1 warning');
});

test('warnings are shown each time, also when there is nothing to do', () => {
  using place = new Place();
  place.workspace({ app: { files: { 'src/main.rs': 'fn main() {\n    let unused = 1;\n}\n' } } });
  const runs = [1, 2, 3].map(() => ferrule.run(BUILD, place));
  expect(runs.map(({ status }) => status)).toEqual([0, 0, 0]);
  const said = runs.map(({ stderr }) => compilerWords(stderr));
  expect(said[0]).toContain('unused variable: `unused`');
  expect(said).toEqual([said[0], said[0], said[0]]);
});

const TWO_FAIL = {
  good: { files: { 'src/lib.rs': '' } },
  first: { files: { 'src/lib.rs': 'fn f() -> u32 {}\n' } },
  second: { files: { 'src/lib.rs': 'fn g() -> u32 {}\n' } },
  behind: { needs: ['first'], files: { 'src/lib.rs': '' } },
};

test('after a failure `--keep-going` goes on with what does not need it, and names every failure', () => {
  using place = new Place();
  place.workspace(TWO_FAIL);
  const stopped = ferrule.run([...BUILD, '-j', '1'], place);
  expect(stopped.status).toBe(1);
  expect(stopped.stderr).toContain('error: 1 unit failed');
  const { status, stderr } = ferrule.run([...BUILD, '-j', '1', '--keep-going'], place);
  expect(status).toBe(1);
  expect(stderr).toContain('could not compile `first` (lib) due to 1 previous error');
  expect(stderr).toContain('could not compile `second` (lib) due to 1 previous error');
  expect(stderr).toMatch(/error: 2 units failed in \S+ \([01] built, [01] reused, 1 not tried\)/);
});

test('`--keep-sandbox` says where it is, and its command fails in the same way', () => {
  using place = new Place();
  place.workspace({ app: { files: { 'src/main.rs': 'fn main() {\n    missing();\n}\n' } } });
  const { status, stderr } = ferrule.run([...BUILD, '--keep-sandbox'], place);
  expect(status).toBe(1);
  expect(place.normalise(stderr)).toMatchInlineSnapshot(`
    "error[E0425]: cannot find function \`missing\` in this scope
     --> app/src/main.rs:2:5
      |
    2 |     missing();
      |     ^^^^^^^ not found in this scope

    For more information about this error, try \`rustc --explain E0425\`.
    error[F0401]: could not compile \`app\` (bin "app") due to 1 previous error
    hint: the sandbox is kept at \`[STORE]/v1/sandboxes/[HASH]\`
    hint: run \`[STORE]/v1/sandboxes/[HASH]/run\` to run the command again, \`[STORE]/v1/sandboxes/[HASH]/run sh\` for a shell in its place
    error: 1 unit failed in [TIME] (0 built, 0 reused)
    "
  `);
  // Another run on the store, which cleans up after ended ones, leaves it there.
  ferrule.run(['store', 'stats'], place);
  const [, script = ''] = /run `(.*)` to run the command again/.exec(stderr) ?? [];
  const again = spawnSync('sh', ['-c', script], { encoding: 'utf8' });
  expect(again.status).toBe(1);
  expect(again.stderr).toContain('cannot find function `missing`');
  const inside = spawnSync('sh', ['-c', `${script} sh -c 'pwd; ls'`], { encoding: 'utf8' });
  expect(inside.stdout).toBe('/build/src\napp\n');
});

/** A library over a procedural macro that does `body` to the compiler that runs it. */
function withMacro(body: string): Place {
  const place = new Place();
  place.workspace({
    wild: {
      manifest: '[lib]\nproc-macro = true\n',
      files: { 'src/lib.rs': `#[proc_macro]\npub fn wild(_: proc_macro::TokenStream) -> proc_macro::TokenStream {\n${body}\n}\n` },
    },
    app: { needs: ['wild'], files: { 'src/lib.rs': 'wild::wild!();\n' } },
  });
  return place;
}

/** How a build ends whose compiler dies of its macro. */
function dies(body: string): { readonly status: number | null; readonly said: string } {
  using place = withMacro(body);
  const { status, stderr } = ferrule.run([...BUILD, 'app:lib'], place);
  expect(place.processes()).toEqual([]);
  return { status, said: place.normalise(stderr) };
}

test('a compiler that crashes is shown with what it said and how it ended', () => {
  expect(dies('    std::process::abort()')).toMatchInlineSnapshot(`
    {
      "said": "error[F0401]: could not compile \`app\` (lib)
      rustc  signal: 6, SIGABRT: process abort signal
    hint: run \`ferrule build app --keep-sandbox\` to keep the sandbox and see the command line
    error: 1 unit failed in [TIME] (1 built, 0 reused)
    ",
      "status": 1,
    }
  `);
  expect(dies('    eprintln!("error: internal compiler error: it broke"); std::process::exit(101)')).toMatchInlineSnapshot(`
    {
      "said": "error: internal compiler error: it broke
    error[F0401]: could not compile \`app\` (lib)
      rustc  exit status: 101
    hint: run \`ferrule build app --keep-sandbox\` to keep the sandbox and see the command line
    error: 1 unit failed in [TIME] (1 built, 0 reused)
    ",
      "status": 1,
    }
  `);
  expect(dies('    std::process::Command::new("sh").args(["-c", "kill -9 $PPID"]).status().unwrap(); loop {}')).toMatchInlineSnapshot(`
    {
      "said": "error[F0508]: app v0.1.0 was killed by the system (signal 9)
    hint: usually memory has run out: use a smaller \`-j\`, or a profile that needs less (\`lto\`, \`codegen-units\`)
    error: 1 unit failed in [TIME] (1 built, 0 reused)
    ",
      "status": 3,
    }
  `);
});
