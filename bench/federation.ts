import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Lab } from './lab.ts';

/** Three programs in one repository, each a workspace with a manifest and a lock of its own; nothing coordinates them. */
export interface Federation {
  /** Absolute. */
  readonly directory: string;
  /** Absolute directories of the workspaces. */
  readonly members: readonly string[];
}

const NAMES = ['courier', 'gauge', 'ledger'] as const;

/** Direct dependencies of each; their exact versions are in `federation.lock`, which each workspace gets under its own name. */
const DEPENDENCIES = `clap = { version = "4", features = ["derive"] }
regex = "1"
serde = { version = "1", features = ["derive"] }
serde_json = "1"
`;

/** Writes the federation and has its dependencies fetched. */
export async function generateFederation(lab: Lab): Promise<Federation> {
  const directory = lab.newDirectory('federation');
  const lock = readFileSync(join(lab.checkout, 'bench/federation.lock'), 'utf8');
  writeFileSync(join(directory, '.gitignore'), 'target\nresult*\n');
  const members = NAMES.map((name) => join(directory, name));
  for (const [index, member] of members.entries()) {
    const name = NAMES[index] ?? '';
    mkdirSync(join(member, 'src'), { recursive: true });
    const manifest = `[package]\nname = "${name}"\nversion = "0.1.0"\nedition = "2021"\n\n[workspace]\n\n[dependencies]\n${DEPENDENCIES}`;
    writeFileSync(join(member, 'Cargo.toml'), manifest);
    writeFileSync(join(member, 'Cargo.lock'), lockFor(lock, name));
    writeFileSync(join(member, 'src/main.rs'), program(name));
    await lab.cargo({ directory: member, arguments: ['fetch', '--quiet', '--locked'] });
  }
  return { directory, members };
}

/** cargo keeps a lock's packages sorted, and takes one that is not for outdated. */
function lockFor(lock: string, name: string): string {
  const [head = '', ...packages] = lock.replace('"member"', `"${name}"`).trimEnd().split('\n\n');
  return `${[head, ...packages.toSorted()].join('\n\n')}\n`;
}

function program(name: string): string {
  return `use clap::Parser;
use serde::{Deserialize, Serialize};

/** What ${name} is asked. */
#[derive(Parser)]
struct Words {
    #[arg(long, default_value = "[a-z]+")]
    pattern: String,
    texts: Vec<String>,
}

#[derive(Serialize, Deserialize)]
struct Found<'a> {
    by: &'a str,
    text: &'a str,
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let words = Words::parse();
    let pattern = regex::Regex::new(&words.pattern)?;
    let found = words.texts.iter().flat_map(|text| pattern.find_iter(text));
    let found: Vec<Found> = found.map(|place| Found { by: "${name}", text: place.as_str() }).collect();
    println!("{}", serde_json::to_string(&found)?);
    Ok(())
}
`;
}
