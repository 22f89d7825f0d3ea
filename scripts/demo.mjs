// `npm run demo`: builds ripgrep from the crates registry twice, runs it, and shows that the second build had nothing to do.
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { BUBBLEWRAP, has, installDebianPackages, installPackages, must, root } from './set-up.mjs';

const VERSION = '15.1.0';

if (!has('cargo')) {
  console.error('error: cargo is needed: install Rust with rustup');
  process.exit(3);
}
installPackages();
installDebianPackages([BUBBLEWRAP]);
must('npm', 'run', '--silent', 'build');

const scratch = mkdtempSync(join(tmpdir(), 'ferrule-demo-'));
try {
  const source = fetchRipgrep(scratch);
  const environment = { ...process.env, FERRULE_STORE: join(scratch, 'store') };
  const ferrule = (...args) =>
    run(process.execPath, [join(root, 'bin/ferrule'), ...args], { cwd: source, env: environment, shown: `ferrule ${args.join(' ')}` });
  ferrule('build');
  run(join(source, 'result/bin/rg'), ['--version'], { cwd: source, shown: './result/bin/rg --version' });
  ferrule('build');
  ferrule('store', 'stats');
} finally {
  rmSync(scratch, { recursive: true, force: true });
}

/** The released sources of ripgrep with the lockfile they ship, put where they can be written. */
function fetchRipgrep(directory) {
  const fetcher = join(directory, 'fetcher');
  mkdirSync(join(fetcher, 'src'), { recursive: true });
  writeFileSync(join(fetcher, 'src/lib.rs'), '');
  writeFileSync(
    join(fetcher, 'Cargo.toml'),
    `[package]\nname = "fetcher"\nversion = "0.0.0"\nedition = "2021"\n[dependencies]\nripgrep = "=${VERSION}"\n`,
  );
  run('cargo', ['fetch', '--quiet'], { cwd: fetcher, shown: `cargo fetch (ripgrep ${VERSION})` });
  const sources = join(process.env.CARGO_HOME ?? join(homedir(), '.cargo'), 'registry/src');
  const found = readdirSync(sources)
    .map((registry) => join(sources, registry, `ripgrep-${VERSION}`))
    .find((path) => spawnSync('test', ['-d', path]).status === 0);
  if (found === undefined) throw new Error(`ripgrep ${VERSION} was not found below ${sources}`);
  const source = join(directory, 'ripgrep');
  cpSync(found, source, { recursive: true });
  return source;
}

function run(program, args, { cwd, env = process.env, shown }) {
  console.log(`\n$ ${shown}`);
  const { status } = spawnSync(program, args, { cwd, env, stdio: 'inherit' });
  if (status !== 0) {
    rmSync(scratch, { recursive: true, force: true });
    process.exit(status ?? 1);
  }
}
