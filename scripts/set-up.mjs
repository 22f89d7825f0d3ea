// What `npm run demo` and `npm test` need on a fresh machine. Only Node's own modules: it runs before anything is installed.
import { spawnSync } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** Runs a command in the repository, showing it and what it prints; ends this process with its status when it fails. */
export function must(command, ...args) {
  console.log(`$ ${[command, ...args].join(' ')}`);
  const { status } = spawnSync(command, args, { cwd: root, stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
}

/**
 * Installs the development packages unless they are there and match the lockfile. Not with `npm ci`: it refuses a lockfile that lacks
 * optional packages of other platforms, and registries do not always have those.
 */
export function installPackages() {
  const installed = join(root, 'node_modules/.package-lock.json');
  const current = existsSync(installed) && statSync(installed).mtimeMs >= statSync(join(root, 'package-lock.json')).mtimeMs;
  if (!current) must('npm', 'install', '--ignore-scripts', '--no-audit', '--no-fund');
}

/** Whether a program is on the `PATH`. */
export function has(program) {
  return spawnSync('sh', ['-c', `command -v "${program}"`]).status === 0;
}

/** Installs Debian packages whose programs are missing, where that is possible; says so in one line where it is not, and goes on. */
export function installDebianPackages(packages) {
  const missing = packages.filter(({ present }) => !present()).map(({ name }) => name);
  if (missing.length === 0) return;
  const possible = process.platform === 'linux' && process.getuid?.() === 0 && has('apt-get');
  const install = (...args) =>
    spawnSync('apt-get', args, { stdio: 'ignore', env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } }).status === 0;
  const args = ['install', '--yes', '--no-install-recommends', ...missing];
  if (possible && (install(...args) || (install('update') && install(...args)))) console.log(`installed ${missing.join(', ')}`);
  else
    console.log(
      `going on without ${missing.join(', ')}: ${possible ? 'apt-get could not install it' : 'install it with your package manager'}`,
    );
}

export const BUBBLEWRAP = { name: 'bubblewrap', present: () => process.platform !== 'linux' || has('bwrap') };

const [, llvm] = /^LLVM version: (\d+)/m.exec(spawnSync('rustc', ['-vV'], { encoding: 'utf8' }).stdout ?? '') ?? [];

/** What reads the coverage of Rust's tests, of rustc's own LLVM. */
export const LLVM_TOOLS = llvm === undefined ? [] : [{ name: `llvm-${llvm}`, present: () => has(`llvm-cov-${llvm}`) }];
