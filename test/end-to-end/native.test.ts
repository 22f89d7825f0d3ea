import { execFileSync, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { Checkout, type Files, TemporaryDirectory } from './checkout.ts';
import { build, complaints, plainEnvironment } from './rig.ts';

/** A program around a C library that its crate brings along and compiles: a native crate with `links`, a C compiler, `cc`. */
const ZLIB_USER: Files = {
  'Cargo.toml':
    '[package]\nname = "zlib-user"\nversion = "0.1.0"\nedition = "2021"\n\n[dependencies]\nlibz-sys = { version = "=1.1.31", features = ["static"] }\n',
  'src/main.rs': `fn main() {
    println!("{:x}", unsafe { libz_sys::crc32(0, b"ferrule".as_ptr(), 7) });
}
`,
};

/** Words with which cargo says that it reached no registry; any other failure fails the test. */
const NO_NETWORK =
  /Could not resolve host|failed to lookup address|Network is unreachable|Connection refused|Timeout was reached|spurious network error/;

test(
  'a program with a C library from the registry is built, runs, and is not built again, here or in another checkout',
  { timeout: 300_000 },
  async ({ skip }) => {
    using place = new TemporaryDirectory();
    const checkout = new Checkout(place.join('here'), ZLIB_USER);
    const fetched = spawnSync('cargo', ['fetch'], { cwd: checkout.directory, env: plainEnvironment(), encoding: 'utf8' });
    skip(fetched.status !== 0 && NO_NETWORK.test(fetched.stderr), 'cargo cannot reach the crates registry');
    expect(fetched.stderr).not.toContain('error');
    const store = place.join('store');

    const first = await build({ directory: checkout.directory, store, profile: 'dev' });
    expect(first.ok, complaints(first)).toBe(true);
    expect(first.executed).toEqual(expect.arrayContaining(['libz-sys script run', 'zlib-user bin']));
    expect(execFileSync(join(checkout.directory, 'result/bin/zlib-user'), { encoding: 'utf8' })).toBe('c9bdf837\n');

    const again = await build({ directory: checkout.directory, store, profile: 'dev', jobs: 1 });
    expect(again.ok, complaints(again)).toBe(true);
    expect(again.executed).toEqual([]);

    const elsewhere = new Checkout(place.join('another/place'), { ...ZLIB_USER, 'Cargo.lock': checkout.read('Cargo.lock') });
    const other = await build({ directory: elsewhere.directory, store, profile: 'dev' });
    expect(other.ok, complaints(other)).toBe(true);
    expect(other.executed).toEqual([]);
    expect(other.report.targets[0]?.digest).toEqual(first.report.targets[0]?.digest);
  },
);
