import { existsSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ended, type Ended, Program } from '../robustness/program.ts';
import { Checkout, TemporaryDirectory } from './checkout.ts';

let place: TemporaryDirectory;
let checkout: Checkout;
let program: Program;

const MAIN = `
use std::io::Read;

fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    println!("{} in {}", words.join("+"), std::env::current_dir().unwrap().file_name().unwrap().to_str().unwrap());
    match words.first().map(String::as_str) {
        Some("fail") => std::process::exit(7),
        Some("abort") => std::process::abort(),
        Some("wait") => loop { std::thread::sleep(std::time::Duration::from_millis(20)) },
        Some("read") => { let mut text = String::new(); std::io::stdin().read_to_string(&mut text).unwrap(); print!("{text}") },
        _ => {}
    }
}
`;

beforeAll(() => {
  place = new TemporaryDirectory();
  checkout = new Checkout(place.join('checkout'), {
    'Cargo.toml': '[package]\nname = "speaker"\nversion = "1.0.0"\nedition = "2021"\n',
    'Cargo.lock': 'version = 4\n\n[[package]]\nname = "speaker"\nversion = "1.0.0"\n',
    'src/main.rs': MAIN,
    'src/bin/second.rs': 'fn main() { println!("the second") }\n',
    'inner/note.txt': '',
  });
  program = new Program();
}, 60_000);

afterAll(() => {
  program[Symbol.dispose]();
  place[Symbol.dispose]();
});

function run(...words: readonly string[]): Ended {
  return program.run(['run', ...words], { directory: checkout.directory, store: place.join('store') });
}

test('a program is built and run with the words behind the dashes, and leaves no link', () => {
  const { status, stdout } = run('speaker', '--', 'one', '--two');
  expect({ status, stdout }).toEqual({ status: 0, stdout: 'one+--two in checkout\n' });
  expect(existsSync(checkout.path('result'))).toBe(false);
}, 60_000);

test("the program's status is ours, also when a signal ended it", () => {
  expect(run('speaker', '--', 'fail').status).toBe(7);
  expect(run('speaker', '--', 'abort').status).toBe(134);
}, 60_000);

test('the program starts where the user is, not where the repository is', () => {
  const { stdout } = program.run(['-C', '..', 'run', 'speaker'], { directory: checkout.path('inner'), store: place.join('store') });
  expect(stdout).toBe(' in inner\n');
}, 60_000);

test('a signal sent to us is passed on to the program, and its end is ours', async () => {
  const child = program.start(['run', 'speaker', '--', 'wait'], { directory: checkout.directory, store: place.join('store') });
  child.stdout?.once('data', () => child.kill('SIGTERM'));
  expect(await ended(child)).toMatchObject({ status: 143, stdout: 'wait in checkout\n' });
}, 60_000);

test('another program of the package is chosen by name, and a wrong name is answered with those there are', () => {
  expect(run('speaker', '--script', 'second').stdout).toBe('the second\n');
  const { status, stderr } = run('speaker', '--script', 'secnd');
  expect(status).toBe(2);
  expect(stderr).toContain('error[F0760]: `speaker` has no program `secnd`');
  expect(stderr).toContain('did you mean `second`?');
}, 60_000);

test('code that does not compile is not run, and the status is that of the build', () => {
  checkout.replace('src/main.rs', 'fn main()', 'fn man()');
  const { status, stdout, stderr } = run('speaker:bin/speaker');
  expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
  expect(stderr).toContain('could not compile `speaker`');
}, 60_000);
