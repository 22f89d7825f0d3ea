import type { Fixture } from './fixture.ts';
import { EMPTY_MAIN, library, manifest, script, workspaceOf } from './manifest-text.ts';

/** A program over a library with a build-dependency and a cdylib beside it: what profiles and flags act on. */
function layered(rest: string, config?: string): Fixture['files'] {
  return {
    'Cargo.toml': workspaceOf(['app', 'low', 'maker', 'plug', 'both'], rest),
    ...(config === undefined ? {} : { '.cargo/config.toml': config }),
    'app/Cargo.toml': manifest(
      'app',
      '[dependencies]\nlow = { path = "../low" }\nboth = { path = "../both" }\n[build-dependencies]\nmaker = { path = "../maker" }\n',
    ),
    'app/build.rs': 'fn main() { maker::maker(); }\n',
    'app/src/main.rs': 'fn main() { println!("{}", low::low() + both::both()); }\n',
    'app/tests/whole.rs': '#[test]\nfn works() {}\n',
    'low/Cargo.toml': manifest('low'),
    'low/build.rs': script('cargo:rerun-if-changed=build.rs'),
    'low/src/lib.rs': library('low'),
    'maker/Cargo.toml': manifest('maker', '[dependencies]\nlow = { path = "../low" }\n'),
    'maker/src/lib.rs': 'pub fn maker() -> u32 { low::low() }\n',
    'plug/Cargo.toml': manifest('plug', '[lib]\ncrate-type = ["cdylib"]\n[dependencies]\nlow = { path = "../low" }\n'),
    'plug/src/lib.rs': '#[no_mangle]\npub extern "C" fn plug() -> u32 { low::low() }\n',
    'both/Cargo.toml': manifest('both', '[lib]\ncrate-type = ["rlib", "dylib"]\n[dependencies]\nlow = { path = "../low" }\n'),
    'both/src/lib.rs': 'pub fn both() -> u32 { low::low() }\n',
  };
}

/** The same without the dylib, which allows no link-time optimisation and no two builds of itself in one directory. */
function withoutDylib(rest: string, crateTypes = '["rlib", "cdylib"]'): Fixture['files'] {
  return {
    ...layered(rest),
    'both/Cargo.toml': manifest('both', `[lib]\ncrate-type = ${crateTypes}\n[dependencies]\nlow = { path = "../low" }\n`),
  };
}

function withLto(lto: string): Fixture['files'] {
  return withoutDylib(`[profile.release]\nlto = ${lto}\n`);
}

const RELEASE = [{ command: 'build', profile: 'release' }] as const;

/** Profiles, flags and configuration. */
export const SETTING_FIXTURES: readonly Fixture[] = [
  {
    name: 'custom profile and overrides',
    files: layered(
      '[profile.dist]\ninherits = "release"\ndebug = 1\ncodegen-units = 3\nopt-level = "s"\noverflow-checks = true\n[profile.dist.build-override]\nopt-level = 1\n[profile.dist.package.low]\nopt-level = 2\ndebug-assertions = true\n[profile.dist.package."*"]\nopt-level = 3\n[profile.dev]\nopt-level = 1\ndebug-assertions = false\nsplit-debuginfo = "packed"\n[profile.small]\ninherits = "dev"\ndebug = "line-tables-only"\nincremental = false\n[profile.dev.build-override]\ndebug = true\n',
    ),
    runs: [
      { command: 'build', profile: 'dist' },
      { command: 'build', profile: 'dev' },
      { command: 'build', profile: 'small' },
      { command: 'test', profile: 'dist' },
      { command: 'build', profile: 'dist', target: '$HOST' },
    ],
  },
  {
    name: 'lto = "thin"',
    files: withLto('"thin"'),
    runs: [...RELEASE, { ...RELEASE[0], packages: ['app'] }, { ...RELEASE[0], command: 'test' }],
  },
  { name: 'lto = "fat"', files: withLto('"fat"'), runs: RELEASE },
  { name: 'lto = true', files: withLto('true'), runs: [{ command: 'bench', packages: ['app'] }] },
  { name: 'lto = "off"', files: withLto('"off"'), runs: [...RELEASE, { command: 'bench' }] },
  {
    name: 'strip, panic, rpath, split debuginfo',
    files: withoutDylib(
      '[profile.release]\nstrip = "symbols"\npanic = "abort"\nrpath = true\n[profile.dev]\npanic = "abort"\nstrip = "debuginfo"\nsplit-debuginfo = "unpacked"\n',
      '["rlib"]',
    ),
    runs: [{ command: 'build' }, ...RELEASE, { command: 'test' }, { command: 'bench' }],
  },
  {
    name: 'rustflags from configuration',
    files: layered(
      '',
      '[build]\nrustflags = ["--cfg", "from_build", "-C", "link-arg=-Wl,-O1"]\n[target.\'cfg(windows)\']\nrustflags = ["--cfg", "never"]\n[env]\nFIXED = "value with space"\nPLACE = { value = "made/here", relative = true }\nFORCED = { value = "yes", force = true }\nCARGO_PKG_NAME = "ignored"\n',
    ),
    runs: [
      { command: 'build' },
      { command: 'build', target: '$HOST' },
      { command: 'build', environment: { RUSTFLAGS: '--cfg from_environment -Ctarget-cpu=x86-64-v2' } },
      { command: 'build', target: '$HOST', environment: { RUSTFLAGS: '-C target-feature=+sse3' } },
      { command: 'build', environment: { CARGO_ENCODED_RUSTFLAGS: '--cfg\u001ffrom_encoded="x y"' } },
    ],
  },
  {
    name: 'rustflags and linker of a target',
    files: layered(
      '',
      '[build]\nrustflags = ["--cfg", "not_used"]\n[target.$HOST_TRIPLE]\nlinker = "gcc"\nrustflags = ["--cfg", "of_target"]\n[target.\'cfg(unix)\']\nrustflags = "--cfg of_cfg"\n',
    ),
    runs: [{ command: 'build' }, { command: 'build', target: '$HOST' }, { command: 'test', target: '$HOST', profile: 'release' }],
  },
  {
    name: 'profiles from configuration and environment',
    files: layered(
      '[profile.release]\ndebug = true\n',
      '[profile.release]\ncodegen-units = 7\n[profile.release.package.low]\nopt-level = 1\n[build]\ntarget = "$HOST_TRIPLE"\n',
    ),
    runs: [
      ...RELEASE,
      {
        command: 'build',
        profile: 'release',
        environment: { CARGO_PROFILE_RELEASE_LTO: 'thin', CARGO_PROFILE_RELEASE_OPT_LEVEL: 'z' },
        packages: ['plug'],
      },
    ],
  },
  {
    name: 'a single program',
    files: { 'Cargo.toml': manifest('solo'), 'src/main.rs': EMPTY_MAIN },
    runs: [{ command: 'build' }, ...RELEASE, { command: 'test' }],
  },
];
