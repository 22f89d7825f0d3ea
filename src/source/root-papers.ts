/**
 * Files at the root of a package that neither rustc nor any procedural macro reads, so that editing them rebuilds nothing:
 * manifests and locks, papers, and the settings of other tools. What a source names is readable all the same.
 */
const NAMES: ReadonlySet<string> = new Set([
  'Cargo.toml',
  'Cargo.lock',
  'rust-toolchain',
  'rust-toolchain.toml',
  'rustfmt.toml',
  'clippy.toml',
  'deny.toml',
  'ferrule.toml',
  'ferrule.lock',
  'flake.nix',
  'flake.lock',
  'default.nix',
  'shell.nix',
  'Makefile',
  'justfile',
  'Justfile',
  'Dockerfile',
]);

const PAPER =
  /^(?:README|CHANGELOG|CHANGES|LICENSE|LICENCE|COPYING|UNLICENSE|NOTICE|AUTHORS|CONTRIBUTING|SECURITY|CODE_OF_CONDUCT)(?:[.-].*)?$/i;

/** Hidden directories at the root that hold settings of tools; `.sqlx` is no such thing: its macros read it. */
const TOOL_DIRECTORIES: ReadonlySet<string> = new Set([
  '.github',
  '.gitlab',
  '.forgejo',
  '.gitea',
  '.circleci',
  '.buildkite',
  '.woodpecker',
  '.ci',
  '.vscode',
  '.idea',
  '.zed',
  '.cargo',
  '.config',
  '.devcontainer',
  '.husky',
  '.direnv',
]);

/** Whether a file, by its path relative to the package's root, is none that a compiler may read. */
export function isNeverRead(path: string): boolean {
  const slash = path.indexOf('/');
  if (slash !== -1) return TOOL_DIRECTORIES.has(path.slice(0, slash));
  return path.startsWith('.') || path.endsWith('.md') || NAMES.has(path) || PAPER.test(path);
}
