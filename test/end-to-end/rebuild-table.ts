import type { Checkout } from './checkout.ts';
import { lockTiny } from './house.ts';

/** How a build differs from `ferrule build app`. */
export interface Command {
  readonly features?: readonly string[];
  readonly profile?: string;
  readonly variables?: Readonly<Record<string, string>>;
}

/** One change to the house, and exactly what has to run again. */
export interface Scenario {
  readonly name: string;
  readonly change?: (house: Checkout) => void;
  readonly command?: Command;
  /** Short labels of the actions that run, sorted. */
  readonly runs: readonly string[];
  /** What `ferrule why app` names, the nearest first, before the build and after it; absent: nothing. */
  readonly because?: readonly string[];
  /** What cargo runs, where it is something else, and the reason. */
  readonly cargo?: { readonly runs: readonly string[]; readonly because: keyof typeof DIFFERENCES };
  /** Neither cargo nor rustc is started to plan. */
  readonly plansFromMemory?: true;
}

/** The only reasons for which Ferrule may run something else than cargo. */
export const DIFFERENCES = {
  content: 'cargo goes by file times, Ferrule by content',
  'early cut-off': 'what came out the same spares what is built on it; cargo runs that all the same',
  readable: 'a unit has what it may read as its input, cargo what it did read or said that it reads',
} as const;

const EVERYTHING = [
  'app bin',
  'base',
  'derive',
  'mid',
  'native',
  'native script',
  'native script run',
  'scripted',
  'scripted script',
  'scripted script run',
  'tiny',
  'tuned',
  'tuned script',
  'tuned script run',
];
const FROM_BASE = ['app bin', 'base', 'mid'];
const FROM_SCRIPT = ['app bin', 'scripted', 'scripted script run'];

function append(path: string, text: string): (house: Checkout) => void {
  return (house) => house.append(path, text);
}

function replace(path: string, from: string, to: string): (house: Checkout) => void {
  return (house) => house.replace(path, from, to);
}

const SOURCES: readonly Scenario[] = [
  { name: 'nothing changed', runs: [], plansFromMemory: true },
  {
    name: 'a comment in the program',
    change: append('app/src/main.rs', '// Done.\n'),
    because: ['app/src/main.rs changed'],
    runs: ['app bin'],
    plansFromMemory: true,
  },
  {
    name: 'a comment in a library',
    change: append('base/src/lib.rs', '// Done.\n'),
    because: ['base/src/lib.rs changed'],
    runs: FROM_BASE,
    plansFromMemory: true,
  },
  {
    name: 'the body of a private function',
    change: replace('base/src/inner.rs', '1', '2'),
    because: ['base/src/inner.rs changed'],
    runs: FROM_BASE,
  },
  {
    name: 'the body of a procedural macro',
    change: replace('derive/src/lib.rs', '40u32', '41u32'),
    because: ['derive/src/lib.rs changed'],
    runs: ['app bin', 'derive', 'mid'],
  },
  { name: 'an integration test of a library', change: append('base/tests/x.rs', '// More.\n'), runs: [], plansFromMemory: true },
  { name: 'a new integration test', change: (house) => house.write('base/tests/y.rs', '#[test]\nfn two() {}\n'), runs: [] },
  { name: 'a benchmark', change: append('base/benches/b.rs', '// More.\n'), runs: [], plansFromMemory: true },
  { name: 'an example', change: append('base/examples/e.rs', '// More.\n'), runs: [], plansFromMemory: true },
  {
    name: 'the README files',
    change: (house) => ['README.md', 'base/README.md'].forEach((path) => house.append(path, 'More.\n')),
    runs: [],
    plansFromMemory: true,
  },
  { name: 'a member that nobody needs', change: append('lone/src/lib.rs', '// More.\n'), runs: [], plansFromMemory: true },
  {
    name: 'a Rust file that no module names',
    change: (house) => house.write('base/src/stray.rs', 'pub fn stray() {}\n'),
    because: ['base/src/stray.rs is new'],
    runs: ['base'],
    cargo: { runs: [], because: 'readable' },
  },
  {
    name: 'a file that git ignores',
    change: (house) => {
      house.write('.gitignore', '*.bak\n');
      house.write('base/src/lib.rs.bak', 'old\n');
    },
    runs: [],
  },
  {
    name: 'a module moved to another place',
    change: (house) => house.move('base/src/inner.rs', 'base/src/inner/mod.rs'),
    because: ['base/src/inner.rs moved to base/src/inner/mod.rs'],
    runs: FROM_BASE,
  },
  {
    name: 'files touched and not changed',
    change: (house) => ['base/src/lib.rs', 'scripted/build.rs', 'tuned/src/lib.rs', 'Cargo.toml'].forEach((path) => house.touch(path)),
    runs: [],
    cargo: {
      runs: [...FROM_BASE, 'scripted', 'scripted script', 'scripted script run', 'tuned', 'tuned script run'],
      because: 'content',
    },
    plansFromMemory: true,
  },
];

const MANIFESTS: readonly Scenario[] = [
  { name: 'a comment in a manifest', change: append('base/Cargo.toml', '# Done.\n'), runs: [] },
  { name: 'a comment in the manifest of the workspace', change: append('Cargo.toml', '# Done.\n'), runs: [] },
  { name: 'a comment in the lock', change: (house) => house.write('Cargo.lock', `# Mine.\n${house.read('Cargo.lock')}`), runs: [] },
  {
    name: 'a comment in the manifest of a package whose script declares nothing',
    change: append('tuned/Cargo.toml', '# Done.\n'),
    because: ['tuned/Cargo.toml changed'],
    runs: ['tuned script run'],
    cargo: { runs: ['app bin', 'tuned', 'tuned script run'], because: 'early cut-off' },
  },
  {
    name: 'the version of a member',
    change: (house) => bump(house, 'base'),
    because: ['version of base changed from 0.1.0 to 0.1.1'],
    runs: FROM_BASE,
  },
  { name: 'the version of a member that nobody needs', change: (house) => bump(house, 'lone'), runs: [] },
  {
    name: 'the edition of a member',
    change: replace('base/Cargo.toml', '2021', '2024'),
    because: ['flag `--edition=2021` became `--edition=2024`'],
    runs: FROM_BASE,
  },
  {
    name: 'the description of a member',
    change: replace('base/Cargo.toml', 'edition', 'description = "Ground"\nedition'),
    because: ['`description` in the manifest changed'],
    runs: ['base'],
    cargo: { runs: [], because: 'readable' },
  },
  {
    name: 'a feature that is declared and not used',
    change: append('base/Cargo.toml', 'more = []\n'),
    because: ['declared feature `more` added'],
    runs: ['base'],
    cargo: { runs: FROM_BASE, because: 'early cut-off' },
  },
  {
    name: 'lints of a member',
    change: append('base/Cargo.toml', '\n[lints.rust]\nunsafe_code = "forbid"\n'),
    because: ['flag `--forbid=unsafe_code` added'],
    runs: ['base'],
    cargo: { runs: FROM_BASE, because: 'early cut-off' },
  },
  {
    name: 'a feature asked for',
    command: { features: ['loud'] },
    because: ['feature `loud` switched on', 'feature `loud` switched on', 'feature `extra` switched on'],
    runs: FROM_BASE,
  },
  {
    name: 'a member with another name in another directory',
    change: (house) => {
      house.move('base', 'ground');
      house.replace('ground/Cargo.toml', 'name = "base"', 'name = "ground"');
      house.replace('Cargo.toml', '"base"', '"ground"');
      house.replace('mid/Cargo.toml', '{ path = "../base" }', '{ path = "../ground", package = "ground" }');
      house.remove('ground/examples');
      house.remove('ground/tests');
      relock(house, ['name = "base"', 'name = "ground"'], [' "base",\n "derive",\n', ' "derive",\n "ground",\n']);
    },
    because: ['dependency base v0.1.0 removed', 'dependency ground v0.1.0 added'],
    runs: ['app bin', 'ground', 'mid'],
  },
  {
    name: 'a new member',
    change: (house) => {
      house.replace('Cargo.toml', '"lone"', '"lone", "new"');
      house.write('new/Cargo.toml', '[package]\nname = "new"\nversion = "0.1.0"\nedition = "2021"\n');
      house.write('new/src/lib.rs', '');
      relock(house, ['[[package]]\nname = "scripted"', '[[package]]\nname = "new"\nversion = "0.1.0"\n\n[[package]]\nname = "scripted"']);
    },
    runs: [],
  },
];

const DEPENDENCIES: readonly Scenario[] = [
  {
    name: 'another version of a crate in the lock',
    change: (house) => lockTiny(house.path('Cargo.lock'), '1.0.1'),
    because: ['version of tiny changed from 1.0.0 to 1.0.1'],
    runs: ['app bin', 'mid', 'tiny'],
  },
  {
    name: 'a dependency of a member that nobody needs',
    change: (house) => {
      house.append('lone/Cargo.toml', '[dependencies]\ntiny = "1"\n');
      relock(house, ['name = "lone"\nversion = "0.1.0"\n', 'name = "lone"\nversion = "0.1.0"\ndependencies = [\n "tiny",\n]\n']);
    },
    runs: [],
  },
  {
    name: 'a dependency for tests only',
    change: (house) => {
      house.append('base/Cargo.toml', '\n[dev-dependencies]\nlone = { path = "../lone" }\n');
      relock(house, ['name = "base"\nversion = "0.1.0"\n', 'name = "base"\nversion = "0.1.0"\ndependencies = [\n "lone",\n]\n']);
    },
    runs: [],
  },
  {
    name: 'a dependency of a library',
    change: (house) => {
      house.append('base/Cargo.toml', '\n[dependencies]\nlone = { path = "../lone" }\n');
      relock(house, ['name = "base"\nversion = "0.1.0"\n', 'name = "base"\nversion = "0.1.0"\ndependencies = [\n "lone",\n]\n']);
    },
    because: ['dependency lone v0.1.0 added'],
    runs: ['app bin', 'base', 'lone', 'mid'],
  },
  {
    name: 'a dependency of a build script',
    change: (house) => {
      house.append('scripted/Cargo.toml', '[build-dependencies]\nspare = { path = "../spare" }\n');
      relock(house, ['name = "scripted"\nversion = "0.1.0"\n', 'name = "scripted"\nversion = "0.1.0"\ndependencies = [\n "spare",\n]\n']);
    },
    because: ['scripted/Cargo.toml changed', 'dependency spare v0.1.0 added'],
    runs: ['app bin', 'scripted', 'scripted script', 'scripted script run', 'spare'],
  },
];

const SCRIPTS: readonly Scenario[] = [
  {
    name: 'a build script that says the same',
    change: replace('scripted/build.rs', 'fn main() {', 'fn main() {\n    println!("working");'),
    because: ['scripted/build.rs changed'],
    runs: ['scripted script', 'scripted script run'],
    cargo: { runs: [...FROM_SCRIPT, 'scripted script'], because: 'early cut-off' },
  },
  {
    name: 'a build script that says something else',
    change: replace('scripted/build.rs', '"plain"', '"fancy"'),
    because: ['scripted/build.rs changed'],
    runs: [...FROM_SCRIPT, 'scripted script'].toSorted(),
  },
  {
    name: 'a file that a build script reads',
    change: append('scripted/data.txt', 'more\n'),
    because: ['scripted/data.txt changed'],
    runs: FROM_SCRIPT,
  },
  {
    name: 'a file that a build script reads, to the same end',
    change: append('scripted/data.txt', '\n'),
    because: ['scripted/data.txt changed'],
    runs: ['scripted', 'scripted script run'],
    cargo: { runs: FROM_SCRIPT, because: 'early cut-off' },
  },
  {
    name: 'the library beside a build script that declares what it reads, for the first time',
    change: append('scripted/src/lib.rs', '// Done.\n'),
    // Once, with only the declared files to see: it has to show that they are enough.
    because: ['scripted/src/lib.rs changed'],
    runs: ['app bin', 'scripted', 'scripted script run'],
    cargo: { runs: ['app bin', 'scripted'], because: 'readable' },
  },
  {
    name: 'the library beside a build script that has shown to read only what it declares',
    change: append('scripted/src/lib.rs', '// Done, and done again.\n'),
    because: ['scripted/src/lib.rs changed'],
    runs: ['app bin', 'scripted'],
  },
  {
    name: 'the library beside a build script that declares nothing',
    change: append('tuned/src/lib.rs', '// Done.\n'),
    because: ['tuned/src/lib.rs changed'],
    runs: ['app bin', 'tuned', 'tuned script run'],
  },
  {
    name: 'metadata that a build script gives to the one behind it',
    change: replace('native/build.rs', '440', '441'),
    because: ['native/build.rs changed'],
    runs: ['app bin', 'native script', 'native script run', 'tuned', 'tuned script run'],
    cargo: { runs: ['app bin', 'native', 'native script', 'native script run', 'tuned', 'tuned script run'], because: 'early cut-off' },
  },
];

const SURROUNDINGS: readonly Scenario[] = [
  {
    name: 'a variable that a build script reads',
    command: { variables: { FLAVOUR: 'sour' } },
    because: ['variable `FLAVOUR` set'],
    runs: FROM_SCRIPT,
    plansFromMemory: true,
  },
  {
    name: 'a variable that a crate reads',
    command: { variables: { CHANNEL: 'beta' } },
    because: ['variable `CHANNEL` set'],
    runs: ['app bin'],
    plansFromMemory: true,
  },
  { name: 'a variable that nobody reads', command: { variables: { WEATHER: 'rain' } }, runs: [], plansFromMemory: true },
  {
    name: 'a variable of the configuration that a crate reads',
    change: append('.cargo/config.toml', '\n[env]\nCHANNEL = "configured"\n'),
    // Scripts and procedural macros may read any variable without a word.
    because: ['variable `CHANNEL` set'],
    runs: ['app bin', 'mid', 'native script run', 'scripted script run', 'tuned script run'],
    cargo: { runs: ['app bin'], because: 'readable' },
  },
  {
    name: 'a setting of the profile',
    change: replace('Cargo.toml', 'opt-level = 0', 'opt-level = 1'),
    because: ['flag `-C debug-assertions=off` removed', 'flag `-C opt-level=1` added', 'variable `OPT_LEVEL` changed'],
    runs: EVERYTHING.filter((label) => !['derive', 'native script', 'scripted script', 'tuned script'].includes(label)),
  },
  {
    name: 'another profile',
    command: { profile: 'dev' },
    because: [
      'profile `dev` in place of the default one',
      'flag `-C debug-assertions=off` removed',
      'flag `-C debuginfo=2` added',
      'flag `-C strip=debuginfo` removed',
      'variable `CARGO_CFG_DEBUG_ASSERTIONS` set',
      'variable `DEBUG` changed',
      'variable `LD_LIBRARY_PATH` changed',
      'variable `PROFILE` changed',
    ],
    runs: EVERYTHING,
  },
  {
    name: 'flags for every compiler call',
    command: { variables: { RUSTFLAGS: '--cfg flagged' } },
    because: ['flag `--cfg flagged` added', 'variable `CARGO_CFG_FLAGGED` set', 'variable `CARGO_ENCODED_RUSTFLAGS` changed'],
    runs: EVERYTHING,
  },
];

export const SCENARIOS: Readonly<Record<string, readonly Scenario[]>> = {
  sources: SOURCES,
  manifests: MANIFESTS,
  dependencies: DEPENDENCIES,
  'build scripts': SCRIPTS,
  'what is around': SURROUNDINGS,
};

function bump(house: Checkout, member: string): void {
  house.replace(`${member}/Cargo.toml`, '0.1.0', '0.1.1');
  relock(house, [`name = "${member}"\nversion = "0.1.0"`, `name = "${member}"\nversion = "0.1.1"`]);
}

function relock(house: Checkout, ...replacements: readonly (readonly [from: string, to: string])[]): void {
  for (const [from, to] of replacements) house.replace('Cargo.lock', from, to);
}
