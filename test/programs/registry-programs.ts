import type { Subject } from './subject.ts';

/** Real programs. The first command says who they are, the others do what they are for, on the program's own sources. */
export const REGISTRY_PROGRAMS: readonly Subject[] = [
  {
    name: 'hyperfine',
    source: { kind: 'registry', version: '1.20.0' },
    profile: 'dev',
    commands: [
      { words: ['bin/hyperfine', '--version'] },
      { words: ['bin/hyperfine', '--runs=2', '--show-output', '-N', 'echo once'], ignoreOutput: true },
    ],
  },
  {
    name: 'fd-find',
    source: { kind: 'registry', version: '10.3.0' },
    profile: 'dev',
    commands: [{ words: ['bin/fd', '--version'] }, { words: ['bin/fd', '--threads=1', '--extension=rs', '.', 'src'] }],
  },
  {
    name: 'tokei',
    source: { kind: 'registry', version: '12.1.2' },
    profile: 'dev',
    commands: [{ words: ['bin/tokei', '--version'] }, { words: ['bin/tokei', '--sort=code', 'src'] }],
  },
  {
    name: 'just',
    source: { kind: 'registry', version: '1.43.0' },
    profile: 'dev',
    commands: [{ words: ['bin/just', '--version'] }, { words: ['bin/just', '--summary'] }, { words: ['bin/just', 'pwd'] }],
  },
  {
    name: 'ripgrep',
    source: { kind: 'registry', version: '15.2.0' },
    profile: 'dev',
    commands: [{ words: ['bin/rg', '--version'] }, { words: ['bin/rg', '--sort=path', '--count', 'fn ', 'crates'] }],
  },
  {
    name: 'bat',
    source: { kind: 'registry', version: '0.26.0' },
    profile: 'release',
    commands: [
      { words: ['bin/bat', '--version'] },
      { words: ['bin/bat', '--color=always', '--paging=never', '--theme=ansi', 'src/bin/bat/main.rs'] },
    ],
  },
  {
    name: 'cargo-nextest',
    source: { kind: 'registry', version: '0.9.103' },
    profile: 'dev',
    commands: [{ words: ['bin/cargo-nextest', '--version'] }, { words: ['bin/cargo-nextest', 'nextest', 'show-config', 'version'] }],
  },
];
