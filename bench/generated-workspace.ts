import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Lab } from './lab.ts';

/** Main file of a generated workspace, relative to its root. */
export const GENERATED_MAIN = 'app/src/main.rs';

/** How many earlier crates a crate uses at most. */
const FAN_IN = 3;

/** The higher, the more crates use the same few at the bottom. */
const PULL_OF_THE_BOTTOM = 3;

/**
 * Writes a workspace of exactly `units` units: small library crates that use a few of those before them, a build script in every
 * twentieth (which makes three units of one), and a program on top. The same bytes every time. Nothing is fetched.
 */
export async function generateWorkspace(lab: Lab, units: number): Promise<string> {
  const directory = lab.newDirectory(`generated-${units}`);
  const crates = crateKinds(units - 1);
  for (const [index, hasScript] of crates.entries()) writeCrate(directory, { index, hasScript, count: crates.length });
  writeProgram(directory, crates.length);
  writeFileSync(join(directory, 'Cargo.toml'), '[workspace]\nresolver = "2"\nmembers = ["app", "crates/*"]\ndefault-members = ["app"]\n');
  writeFileSync(join(directory, '.gitignore'), '/target\n/result\n');
  await lab.cargo({ directory, arguments: ['generate-lockfile', '--quiet', '--offline'] });
  return directory;
}

/** For each crate whether it has a build script, so that the crates make `units` units. */
function crateKinds(units: number): readonly boolean[] {
  const kinds: boolean[] = [];
  for (let left = units; left > 0; left -= kinds.at(-1) === true ? 3 : 1) kinds.push(left >= 3 && kinds.length % 20 === 19);
  return kinds;
}

function writeCrate(workspace: string, crate: { readonly index: number; readonly hasScript: boolean; readonly count: number }): void {
  const { index, hasScript } = crate;
  const directory = join(workspace, 'crates', nameOf(index));
  const uses = usedBy(index).map(nameOf);
  mkdirSync(join(directory, 'src'), { recursive: true });
  const dependencies = uses.map((name) => `${name} = { path = "../${name}" }\n`).join('');
  writeFileSync(join(directory, 'Cargo.toml'), `${head(nameOf(index))}[dependencies]\n${dependencies}`);
  writeFileSync(join(directory, 'src/lib.rs'), library(index, uses, hasScript));
  if (hasScript) writeFileSync(join(directory, 'build.rs'), SCRIPT);
}

function writeProgram(workspace: string, count: number): void {
  const used = new Set(Array.from({ length: count }, (_, index) => usedBy(index)).flat());
  const tops = Array.from({ length: count }, (_, index) => index)
    .filter((index) => !used.has(index))
    .map(nameOf);
  mkdirSync(join(workspace, 'app/src'), { recursive: true });
  const dependencies = tops.map((name) => `${name} = { path = "../crates/${name}" }\n`).join('');
  writeFileSync(join(workspace, 'app/Cargo.toml'), `${head('app')}[dependencies]\n${dependencies}`);
  const sum = tops.map((name) => `${name}::Part::new(7).below()`).join(' ^ ');
  writeFileSync(join(workspace, GENERATED_MAIN), `fn main() {\n    println!("{}", ${sum === '' ? '0u64' : sum});\n}\n`);
}

function nameOf(index: number): string {
  return `part${String(index).padStart(4, '0')}`;
}

/**
 * Earlier crates, scattered but the same every time (Knuth's multiplicative hashing). Of 300 crates one uses 3 others directly and 13 with
 * all that is below, in chains of up to 13; cargo-nextest's 303 have 2.6 and 9.6, bat's 150 have 2.0 and 6.1.
 */
function usedBy(index: number): readonly number[] {
  const picks = Array.from({ length: Math.min(FAN_IN, index) }, (_, pick) => {
    const fraction = (((index * FAN_IN + pick + 1) * 2_654_435_761) % 2 ** 32) / 2 ** 32;
    return Math.floor(index * fraction ** PULL_OF_THE_BOTTOM);
  });
  return [...new Set(picks)];
}

function head(name: string): string {
  return `[package]\nname = "${name}"\nversion = "0.1.0"\nedition = "2021"\n\n`;
}

const SCRIPT = `fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rustc-env=SCRIPTED=1");
}
`;

/** `below` does not go further down: calls along every path of the graph would never come back. */
function library(index: number, uses: readonly string[], hasScript: boolean): string {
  const below = uses.map((name) => ` ^ ${name}::Part::new(self.seed).weigh()`).join('');
  return `//! Crate ${index} of a generated workspace.

#[derive(Debug, Clone, PartialEq)]
pub struct Part {
    seed: u64,
    names: Vec<String>,
}

impl Part {
    pub fn new(seed: u64) -> Self {
        Part { seed: seed ^ ${index}, names: Vec::new() }
    }

    pub fn push(&mut self, name: &str) {
        self.names.push(format!("{name}-{}", self.seed));
    }

    pub fn weigh(&self) -> u64 {
        self.names.iter().map(|name| name.len() as u64).sum::<u64>() ^ self.seed
    }

    pub fn below(&self) -> u64 {
        self.seed${below}
    }
}
${hasScript ? '\npub const SCRIPTED: &str = env!("SCRIPTED");\n' : ''}`;
}
