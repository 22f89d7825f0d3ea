import type { ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ended, Program } from '../robustness/program.ts';
import { Checkout, TemporaryDirectory } from './checkout.ts';

let place: TemporaryDirectory;
let checkout: Checkout;
let program: Program;

beforeAll(() => {
  place = new TemporaryDirectory();
  checkout = new Checkout(place.join('checkout'), {
    'Cargo.toml': '[package]\nname = "small"\nversion = "0.1.0"\nedition = "2021"\n',
    'Cargo.lock': 'version = 4\n\n[[package]]\nname = "small"\nversion = "0.1.0"\n',
    'src/lib.rs': '#[test]\nfn holds() {\n    assert_eq!(1, 1);\n}\n',
  });
  program = new Program();
}, 60_000);

afterAll(() => {
  program[Symbol.dispose]();
  place[Symbol.dispose]();
});

/** What a started program says, piece by piece. */
class Listener {
  #heard = '';
  #wake: () => void = () => undefined;

  constructor(child: ChildProcess) {
    child.stderr?.on('data', (data: Buffer) => {
      this.#heard += data.toString();
      this.#wake();
    });
  }

  /** Waits for a text, and forgets everything up to its end. */
  async hear(text: string): Promise<string> {
    for (let at = this.#heard.indexOf(text); ; at = this.#heard.indexOf(text)) {
      if (at >= 0) {
        const until = this.#heard.slice(0, at + text.length);
        this.#heard = this.#heard.slice(at + text.length);
        return until;
      }
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }
}

test('checks are run again after a save, whether the last run passed or failed, until it is interrupted', async () => {
  const child = program.start(['watch', '--check', '--only', 'tests'], { directory: checkout.directory, store: place.join('store') });
  const finish = ended(child);
  const listener = new Listener(child);
  await listener.hear('1 check with 1 test passed');
  await listener.hear('Watching');
  checkout.replace('src/lib.rs', '1, 1', '1, 2');
  const failed = await listener.hear('Watching');
  expect(failed).toContain('`holds` failed');
  expect(failed).toContain('1 check failed');
  checkout.replace('src/lib.rs', '1, 2', '2, 2');
  await listener.hear('1 check with 1 test passed');
  child.kill('SIGINT');
  expect((await finish).status).toBe(130);
  expect(existsSync(checkout.path('target'))).toBe(false);
}, 180_000);

test('where there is nothing to build, or no target of the name, there is nothing to wait for', () => {
  using empty = new TemporaryDirectory();
  const nothing = program.run(['watch'], { directory: empty.path, store: place.join('store') });
  expect(nothing).toMatchObject({ status: 2 });
  expect(nothing.stderr).toContain('error[F0107]');
  const misspelt = program.run(['watch', 'smal'], { directory: checkout.directory, store: place.join('store') });
  expect(misspelt).toMatchObject({ status: 2 });
  expect(misspelt.stderr).toContain('did you mean `small`?');
}, 60_000);
