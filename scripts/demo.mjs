// `npm run demo`: builds examples/federation with crates and wheels from the registries, runs its programs, and builds again to show that nothing is rebuilt.
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BUBBLEWRAP, has, installDebianPackages, installPackages, must, root } from './set-up.mjs';

if (!has('cargo')) {
  console.error('error: cargo is needed: install Rust with rustup');
  process.exit(3);
}
installPackages();
installDebianPackages([BUBBLEWRAP]);
must('npm', 'run', '--silent', 'build');

const scratch = mkdtempSync(join(tmpdir(), 'ferrule-demo-'));
try {
  const federation = join(scratch, 'federation');
  cpSync(join(root, 'examples/federation'), federation, { recursive: true, filter: (path) => !/\/(target|result[^/]*|__pycache__)$/.test(path) });
  const environment = { ...process.env, FERRULE_STORE: join(scratch, 'store') };
  const ferrule = (...args) =>
    run(join(root, 'bin/ferrule'), args, { cwd: federation, env: environment, shown: `ferrule ${args.join(' ')}` });
  const program = (path, ...args) => run(join(federation, path), args, { cwd: federation, shown: `./${path} ${args.join(' ')}` });
  ferrule('build');
  program('result-pnt-cli-core/bin/pnt', 'The ring binds the parts');
  program('result-pnt-report/bin/pnt-report', 'one graph', 'three engines', 'one store');
  ferrule('build', 'pnt-cli:env', '-o', 'env');
  program('env/bin/pnt-py', 'The ring binds the parts, and the ring holds');
  ferrule('run', 'pnt-cli:env/test', '--', 'pytest', '-q', '-p', 'no:cacheprovider', 'packages/pnt-cli/tests');
  ferrule('locks');
  ferrule('build');
  ferrule('build', 'pnt-cli:env', '-o', 'env');
  ferrule('store', 'stats');
} finally {
  rmSync(scratch, { recursive: true, force: true });
}

function run(program, args, { cwd, env = process.env, shown }) {
  console.log(`\n$ ${shown}`);
  const { status } = spawnSync(program, args, { cwd, env, stdio: 'inherit' });
  if (status !== 0) {
    rmSync(scratch, { recursive: true, force: true });
    process.exit(status ?? 1);
  }
}
