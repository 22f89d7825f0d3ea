import { writeFileSync } from 'node:fs';
import { afterAll, describe, expect, test, vi } from 'vitest';
import { Program } from './program.ts';
import { Place } from './workspace.ts';

vi.setConfig({ testTimeout: 180_000 });

const ferrule = new Program();
afterAll(() => ferrule[Symbol.dispose]());

const BUILD = ['build', '--profile', 'dev', '--offline'];

/** A program whose build script does `body`. */
function withScript(body: string): Place {
  const place = new Place();
  const files = {
    'build.rs': `fn main() {\n    println!("cargo::rerun-if-changed=build.rs");\n${body}\n}\n`,
    'src/main.rs': 'fn main() {\n    println!("{}", option_env!("WORD").unwrap_or("none"));\n}\n',
  };
  place.workspace({ app: { files } });
  return place;
}

function failing(body: string, words: readonly string[] = []): { readonly status: number | null; readonly said: string } {
  using place = withScript(body);
  const { status, stderr } = ferrule.run([...BUILD, ...words], place);
  expect(place.processes()).toEqual([]);
  expect(place.unfinished()).toEqual([]);
  // What was wrong is put right, and the next build does not suffer from it.
  place.write({ 'app/build.rs': 'fn main() {\n    println!("cargo::rustc-env=WORD=fine");\n}\n' });
  expect(ferrule.run(BUILD, place)).toMatchObject({ status: 0 });
  expect(place.output('app')).toBe('fine\n');
  return { status, said: place.normalise(stderr) };
}

describe('a build script that fails', () => {
  test('because it reads a file above its package, is told which, and what to write', () => {
    using place = withScript(`    let path = std::path::Path::new("..").join("shared").join("words.txt");
    let words = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    println!("cargo::rustc-env=WORD={}", words.trim());`);
    place.write({ 'shared/words.txt': 'declared' });
    const { status, stderr } = ferrule.run(BUILD, place);
    expect({ status, said: place.normalise(stderr) }).toMatchInlineSnapshot(`
      {
        "said": "error[F0402]: failed to run custom build command for \`app v0.1.0\`
      Caused by:
        process didn't exit successfully: \`/build/target/debug/build/app-[HASH]/build-script-build\` (exit status: 101)
        --- stdout
        cargo::rerun-if-changed=build.rs
        --- stderr
        
        thread 'main' (2) panicked at app/build.rs:4:71:
        ../shared/words.txt: No such file or directory (os error 2)
        note: run with \`RUST_BACKTRACE=1\` environment variable to display a backtrace
      hint: run \`ferrule build app --keep-sandbox\` to keep the sandbox and see the command line
      error[F0421]: the build script of \`app\` names \`../shared/words.txt\`, which is there but not declared as its input
        crate     app
        version   0.1.0
        found at  [REPOSITORY]/shared/words.txt
      hint: add to \`ferrule.toml\`:
            [[override]]
            crate = "app"
            inputs = ["../shared/words.txt"]
      error: 1 unit failed in [TIME] (1 built, 0 reused, 1 not tried)
      ",
        "status": 1,
      }
    `);
    // The line the hint gives is the cure.
    place.write({ 'ferrule.toml': '[[override]]\ncrate = "app"\ninputs = ["../shared/words.txt"]\n' });
    expect(ferrule.run(BUILD, place)).toMatchObject({ status: 0 });
    expect(place.output('app')).toBe('declared\n');
  });

  test('because it reads a file outside the repository, is told which', () => {
    using place = new Place();
    place.workspace({
      app: { files: { 'build.rs': `fn main() {\n    std::fs::read("${place.root}/secret").unwrap();\n}\n`, 'src/lib.rs': '' } },
    });
    writeFileSync(`${place.root}/secret`, 'word');
    const { status, stderr } = ferrule.run(BUILD, place);
    expect({ status, said: place.normalise(stderr) }).toMatchInlineSnapshot(`
      {
        "said": "error[F0402]: failed to run custom build command for \`app v0.1.0\`
      Caused by:
        process didn't exit successfully: \`/build/target/debug/build/app-[HASH]/build-script-build\` (exit status: 101)
        --- stderr
        
        thread 'main' (2) panicked at app/build.rs:2:56:
        called \`Result::unwrap()\` on an \`Err\` value: Os { code: 2, kind: NotFound, message: "No such file or directory" }
        note: run with \`RUST_BACKTRACE=1\` environment variable to display a backtrace
      hint: run \`ferrule build app --keep-sandbox\` to keep the sandbox and see the command line
      error[F0421]: the build script of \`app\` names \`[ROOT]/secret\`, which is there but not declared as its input
        crate     app
        version   0.1.0
        found at  [ROOT]/secret
      hint: it lies outside the repository, where a build reads nothing: copy it into the package
      error: 1 unit failed in [TIME] (1 built, 0 reused, 1 not tried)
      ",
        "status": 1,
      }
    `);
  });

  test('because it reaches for the network, is told that there is none', () => {
    expect(failing('    std::net::TcpStream::connect("192.0.2.1:80").expect("cannot fetch the sources");')).toMatchInlineSnapshot(`
      {
        "said": "error[F0402]: failed to run custom build command for \`app v0.1.0\`
      Caused by:
        process didn't exit successfully: \`/build/target/debug/build/app-[HASH]/build-script-build\` (exit status: 101)
        --- stdout
        cargo::rerun-if-changed=build.rs
        --- stderr
        
        thread 'main' (2) panicked at app/build.rs:3:50:
        cannot fetch the sources: Os { code: 101, kind: NetworkUnreachable, message: "Network is unreachable" }
        note: run with \`RUST_BACKTRACE=1\` environment variable to display a backtrace
      hint: run \`ferrule build app --keep-sandbox\` to keep the sandbox and see the command line
      error[F0422]: the build script of \`app\` reached for the network, which a build does not have
        crate    app
        version  0.1.0
        it said  cannot fetch the sources: Os { code: 101, kind: NetworkUnreachable, message: "Network is unreachable" }
      hint: look in the documentation of the crate for a feature or variable that makes it use a local copy
      hint: add to \`ferrule.toml\`:
            [[override]]
            crate = "app"
            environment = { NAME = "VALUE" }
      error: 1 unit failed in [TIME] (1 built, 0 reused, 1 not tried)
      ",
        "status": 1,
      }
    `);
  });

  test('because it never ends, is stopped with all it started', () => {
    const body = '    std::process::Command::new("sh").args(["-c", "sleep 600 & sleep 600"]).status().unwrap();';
    expect(failing(body, ['--timeout', '1'])).toMatchInlineSnapshot(`
      {
        "said": "error[F0504]: app v0.1.0 (build script run) did not end within [TIME] and was stopped
      hint: give it more time with \`--timeout SECONDS\`, or look at what it waits for with \`--keep-sandbox\`
      error: 1 unit failed in [TIME] (1 built, 0 reused, 1 not tried)
      ",
        "status": 1,
      }
    `);
    expect(failing(body, ['--timeout', '1', '--sandbox', 'off'])).toMatchInlineSnapshot(`
      {
        "said": "error[F0504]: app v0.1.0 (build script run) did not end within [TIME] and was stopped
      hint: give it more time with \`--timeout SECONDS\`, or look at what it waits for with \`--keep-sandbox\`
      error: 1 unit failed in [TIME] (1 built, 0 reused, 1 not tried)
      ",
        "status": 1,
      }
    `);
  });

  test('because it is killed, is not blamed', () => {
    expect(failing('    std::process::Command::new("sh").args(["-c", "kill -9 $PPID"]).status().unwrap();')).toMatchInlineSnapshot(`
      {
        "said": "error[F0508]: app v0.1.0 (build script run) was killed by the system (signal 9)
      hint: usually memory has run out: use a smaller \`-j\`, or a profile that needs less (\`lto\`, \`codegen-units\`)
      error: 1 unit failed in [TIME] (1 built, 0 reused, 1 not tried)
      ",
        "status": 3,
      }
    `);
  });

  test('because it crashes, says so as cargo would', () => {
    expect(failing('    std::process::abort();')).toMatchInlineSnapshot(`
      {
        "said": "error[F0402]: failed to run custom build command for \`app v0.1.0\`
      Caused by:
        process didn't exit successfully: \`/build/target/debug/build/app-[HASH]/build-script-build\` (signal: 6, SIGABRT: process abort signal)
        --- stdout
        cargo::rerun-if-changed=build.rs
      hint: run \`ferrule build app --keep-sandbox\` to keep the sandbox and see the command line
      error: 1 unit failed in [TIME] (1 built, 0 reused, 1 not tried)
      ",
        "status": 1,
      }
    `);
  });
});

describe('a build script that prints garbage', () => {
  test('is understood as cargo understands it: binary, invalid UTF-8, no newline at the end', () => {
    const body = `    use std::io::Write;
    let mut out = std::io::stdout();
    out.write_all(b"\\xff\\xfe\\x00\\x01garbage\\ncargo::rustc-env=WORD=heard\\n\\x80\\x80\\ncargo-no-colon\\n").unwrap();
    std::io::stderr().write_all(b"\\xc3\\x28 half a line").unwrap();
    out.write_all(b"no newline \\xf0\\x9f").unwrap();`;
    using place = withScript(body);
    const { status, stderr } = ferrule.run(BUILD, place);
    expect({ status, said: place.normalise(stderr) }).toMatchInlineSnapshot(`
      {
        "said": "    Finished 3 units in [TIME] (3 built, 0 reused) → result
      ",
        "status": 0,
      }
    `);
    expect(place.output('app')).toBe('heard\n');
  });

  test('in a line that has a directive: the line is passed over, as cargo does', () => {
    const body = `    use std::io::Write;
    std::io::stdout().write_all(b"cargo::rustc-env=WORD=\\xff\\xfe\\n").unwrap();`;
    using place = withScript(body);
    const { status, stderr } = ferrule.run(BUILD, place);
    expect(status, stderr).toBe(0);
    expect(place.output('app')).toBe('none\n');
  });

  test('and 50 MB of it, costs time only', () => {
    const body = `    use std::io::Write;
    let line = vec![b'x'; 1 << 20];
    for _ in 0..50 { std::io::stdout().write_all(&line).unwrap(); }
    println!();
    for _ in 0..50 { std::io::stderr().write_all(&line).unwrap(); }
    println!("cargo::rustc-env=WORD=heard");`;
    using place = withScript(body);
    expect(ferrule.run(BUILD, place)).toMatchObject({ status: 0 });
    expect(place.output('app')).toBe('heard\n');
  });

  test('without end, is stopped', () => {
    expect(failing('    loop { println!("{}", "x".repeat(1 << 20)); }')).toMatchInlineSnapshot(`
      {
        "said": "error[F0507]: app v0.1.0 (build script run) printed more than 256 MiB and was stopped
      hint: look at what it prints with \`--keep-sandbox\`
      error: 1 unit failed in [TIME] (1 built, 0 reused, 1 not tried)
      ",
        "status": 1,
      }
    `);
  });
});
