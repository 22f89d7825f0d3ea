import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { plainVariables } from './program.ts';

/** A directory of one test, with a repository and a store in it; gone at its end. */
export class Place implements Disposable {
  readonly root: string;
  readonly directory: string;
  readonly store: string;

  constructor(names: { readonly repository?: string; readonly store?: string } = {}) {
    this.root = realpathSync(mkdtempSync(join(tmpdir(), 'ferrule-robust-')));
    this.directory = join(this.root, names.repository ?? 'repository');
    this.store = join(this.root, names.store ?? 'store');
    mkdirSync(this.directory);
  }

  write(files: Readonly<Record<string, string>>): void {
    for (const [path, text] of Object.entries(files)) {
      const absolute = join(this.directory, path);
      mkdirSync(dirname(absolute), { recursive: true });
      writeFileSync(absolute, text);
    }
  }

  /** Writes a workspace of the crates and its lock. */
  workspace(crates: Readonly<Record<string, CrateText>>): void {
    this.write({
      'Cargo.toml': `[workspace]\nresolver = "2"\nmembers = [${Object.keys(crates)
        .map((name) => `"${name}"`)
        .join(', ')}]\n`,
    });
    for (const [name, { needs = [], manifest = '', files }] of Object.entries(crates)) {
      const dependencies = needs.map((need) => `${need} = { path = "../${need}" }\n`).join('');
      const text = `[package]\nname = "${name}"\nversion = "0.1.0"\nedition = "2021"\n${manifest}\n[dependencies]\n${dependencies}`;
      this.write({ [`${name}/Cargo.toml`]: text });
      for (const [path, content] of Object.entries(files)) this.write({ [`${name}/${path}`]: content });
    }
    this.lock();
  }

  lock(): void {
    const made = spawnSync('cargo', ['generate-lockfile', '--offline'], { cwd: this.directory, env: plainVariables(), encoding: 'utf8' });
    if (made.status !== 0) throw new Error(made.stderr);
  }

  /** What a program that was linked as the only result prints. */
  output(program: string): string {
    const done = spawnSync(join(this.directory, 'result/bin', program), { encoding: 'utf8' });
    return done.stdout ?? '';
  }

  /** Names below `tmp/`, `claims/` of the store: what runs have under way. */
  unfinished(): readonly string[] {
    return ['tmp', 'claims'].flatMap((name) => {
      const directory = join(this.store, 'v1', name);
      return existsSync(directory) ? readdirSync(directory).map((entry) => `${name}/${entry}`) : [];
    });
  }

  /** Command lines of the processes that run in this place: those that name it, and those whose root is mounted from it. */
  processes(): readonly string[] {
    const ids = readdirSync('/proc').filter((name) => /^\d+$/.test(name) && name !== String(process.pid));
    return ids.flatMap((id) => {
      const command = read(`/proc/${id}/cmdline`).replaceAll('\0', ' ');
      const ours =
        command.includes(this.root) || read(`/proc/${id}/mountinfo`).includes(this.root) || directoryOf(id).startsWith(this.root);
      return ours && command !== '' ? [command] : [];
    });
  }

  /** What the program said, without its progress, with what differs from run to run replaced. */
  normalise(text: string): string {
    return text
      .replaceAll(/^ *(?:Compiling|Running|Reused|Waiting|Downloading|Downloaded) .*\n/gm, '')
      .replaceAll(this.store, '[STORE]')
      .replaceAll(this.directory, '[REPOSITORY]')
      .replaceAll(this.root, '[ROOT]')
      .replaceAll(/\b\d+(\.\d+)? ?(ms|s)\b/g, '[TIME]')
      .replaceAll(/\b\d+-\d+-[0-9a-f]{8}-[0-9a-z]+-[0-9a-f]{8}\b/g, '[SESSION]')
      .replaceAll(/[0-9a-f]{64}/g, '[SHA256]')
      .replaceAll(/[0-9a-f]{16}/g, '[HASH]');
  }

  [Symbol.dispose](): void {
    spawnSync('chmod', ['-R', 'u+w', this.root]);
    rmSync(this.root, { recursive: true, force: true });
  }
}

/** A crate of a fixture. */
export interface CrateText {
  /** Names of other crates of the workspace. */
  readonly needs?: readonly string[];
  /** Further lines of `[package]`. */
  readonly manifest?: string;
  /** By path below the crate. */
  readonly files: Readonly<Record<string, string>>;
}

/** A program over a handful of libraries, some with build scripts: enough for a run to be met at any stage. */
export function smallHouse(): Readonly<Record<string, CrateText>> {
  const script = `fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let out = std::env::var("OUT_DIR").unwrap();
    std::fs::write(format!("{out}/made.rs"), "pub const MADE: u32 = 20;").unwrap();
}
`;
  const made = 'include!(concat!(env!("OUT_DIR"), "/made.rs"));\n';
  return {
    app: {
      needs: ['first', 'second', 'third'],
      files: { 'src/main.rs': 'fn main() {\n    println!("{}", first::MADE + second::second() + third::MADE);\n}\n' },
    },
    first: { files: { 'build.rs': script, 'src/lib.rs': made } },
    second: { needs: ['fourth'], files: { 'src/lib.rs': 'pub fn second() -> u32 {\n    fourth::fourth() + 1\n}\n' } },
    third: { needs: ['fourth'], files: { 'build.rs': script, 'src/lib.rs': `${made}pub fn third() -> u32 {\n    fourth::fourth()\n}\n` } },
    fourth: { files: { 'src/lib.rs': 'pub fn fourth() -> u32 {\n    1\n}\n' } },
  };
}

/** What the program of {@link smallHouse} prints. */
export const HOUSE_OUTPUT = '42\n';

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

function directoryOf(processId: string): string {
  try {
    return readlinkSync(`/proc/${processId}/cwd`);
  } catch {
    return '';
  }
}
