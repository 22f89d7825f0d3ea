// `npm test`: installs what is missing, then types, lint, format and tests. Arguments go to vitest: `npm test -- test/cli`.
import { BUBBLEWRAP, has, installDebianPackages, installPackages, LLVM_TOOLS, must } from './set-up.mjs';

installPackages();
installDebianPackages([
  BUBBLEWRAP,
  { name: 'pkg-config', present: () => has('pkg-config') },
  { name: 'nix-bin', present: () => has('nix') },
  { name: 'zsh', present: () => has('zsh') },
  { name: 'fish', present: () => has('fish') },
  { name: 'chromium', present: () => has('chromium') },
]);
// By itself: not every release has it.
installDebianPackages(LLVM_TOOLS);
if (!has('cargo')) console.log('going on without cargo: tests that build Rust will fail; install it with rustup');
must('npm', 'run', '--silent', 'typecheck');
must('npm', 'run', '--silent', 'lint');
must('npm', 'run', '--silent', 'format:check');
must('npm', 'run', '--silent', 'build');
must('npx', 'vitest', 'run', '--reporter=default', '--reporter=./scripts/count-reporter.mjs', ...process.argv.slice(2));
