import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Lab } from './lab.ts';

/** A released program with the lockfile it ships. */
export interface Program {
  readonly name: string;
  readonly version: string;
}

export const RIPGREP: Program = { name: 'ripgrep', version: '15.1.0' };
export const BAT: Program = { name: 'bat', version: '0.26.1' };

/** ripgrep's main file, relative to its root. */
export const RIPGREP_MAIN = 'crates/core/main.rs';

/** Its sources from the crates registry, where they can be written, with everything that its lock names fetched and unpacked. */
export async function fetchProgram(lab: Lab, { name, version }: Program): Promise<string> {
  const fetcher = lab.newDirectory(`fetch-${name}`);
  mkdirSync(join(fetcher, 'src'));
  writeFileSync(join(fetcher, 'src/lib.rs'), '');
  const manifest = `[package]\nname = "fetcher"\nversion = "0.0.0"\nedition = "2021"\n[dependencies]\n${name} = "=${version}"\n`;
  writeFileSync(join(fetcher, 'Cargo.toml'), manifest);
  await lab.cargo({ directory: fetcher, arguments: ['fetch', '--quiet'] });
  const source = lab.clone(unpackedSource(lab, `${name}-${version}`), name);
  await lab.cargo({ directory: source, arguments: ['fetch', '--quiet', '--locked'] });
  return source;
}

function unpackedSource(lab: Lab, name: string): string {
  const sources = join(lab.cargoHome, 'registry/src');
  const found = readdirSync(sources)
    .map((registry) => join(sources, registry, name))
    .find((path) => statSync(path, { throwIfNoEntry: false })?.isDirectory() === true);
  if (found === undefined) throw new Error(`${name} was not found below ${sources}`);
  return found;
}

/** Writes a number into the body of `fn main`, another one for every round: the smallest edit that has to be compiled. */
export function editMain(path: string, round: number): void {
  const text = readFileSync(path, 'utf8').replace(/^ {4}std::hint::black_box\(\d+u32\);\n/m, '');
  const edited = text.replace(/^fn main\(.*\{\n/m, (head) => `${head}    std::hint::black_box(${round}u32);\n`);
  if (edited === text) throw new Error(`${path} has no \`fn main\` to edit`);
  writeFileSync(path, edited);
}
