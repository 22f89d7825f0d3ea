import { spawnSync } from 'node:child_process';
import { appendFileSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';

const launcher = join(import.meta.dirname, '../../bin/ferrule');
const scratch = mkdtempSync(join(tmpdir(), 'ferrule quick '));
const workspace = join(scratch, 'ws');
const programs = join(scratch, 'programs');
const node = join(programs, 'node');

interface Answer {
  readonly status: number | null;
  readonly stderr: string;
}

function ferrule(environment: Readonly<Record<string, string>> = {}): Answer {
  const env = { ...process.env, PATH: `${programs}:${systemPath()}`, FERRULE_STORE: join(scratch, 'store'), ...environment };
  const { status, stderr } = spawnSync(launcher, ['build', '--profile', 'dev'], { cwd: workspace, env, encoding: 'utf8' });
  return { status, stderr };
}

/** Everything but the directories that hold a `node`, so that hiding ours hides Node. */
function systemPath(): string {
  const directories = (process.env['PATH'] ?? '').split(':').filter((directory) => !existsSync(join(directory, 'node')));
  return directories.join(':');
}

/** Runs without any Node on the path: only the shell can answer. */
function withoutNode(environment: Readonly<Record<string, string>> = {}): Answer {
  unlinkSync(node);
  try {
    return ferrule(environment);
  } finally {
    symlinkSync(process.execPath, node);
  }
}

/** Builds until the answer is laid out: the first run may build and link anew, the second finds nothing to do and lays it out. */
async function settle(): Promise<void> {
  for (let round = 0; round < 2; round += 1) {
    await sleep(80);
    const { status, stderr } = ferrule();
    expect(stderr).not.toContain('error');
    expect(status).toBe(0);
  }
}

beforeAll(async () => {
  mkdirSync(programs);
  symlinkSync(process.execPath, node);
  for (const tool of ['sh', 'cat', 'find', 'sha256sum', 'readlink', 'mkfifo', 'bwrap', 'cc', 'pkg-config']) {
    const found = spawnSync('sh', ['-c', `command -v ${tool}`], { encoding: 'utf8' }).stdout.trim();
    if (found !== '') symlinkSync(found, join(programs, tool));
  }
  const files = {
    'Cargo.toml': '[package]\nname = "idle"\nversion = "0.1.0"\nedition = "2021"\n',
    'Cargo.lock': 'version = 4\n\n[[package]]\nname = "idle"\nversion = "0.1.0"\n',
    'src/main.rs': 'mod other;\nfn main() { println!("{}", other::WORD); }\n',
    'src/other.rs': 'pub const WORD: &str = "idle";\n',
  };
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(workspace, path)), { recursive: true });
    writeFileSync(join(workspace, path), text);
  }
  await settle();
});

afterAll(() => rmSync(scratch, { recursive: true, force: true }));

test('a build with nothing to do is answered without Node', () => {
  expect(withoutNode()).toEqual({ status: 0, stderr: '    Finished 1 unit in 0.01s (all reused) → result\n' });
});

test.each<readonly [what: string, change: () => void]>([
  ['an edited file', () => appendFileSync(join(workspace, 'src/other.rs'), '// edited\n')],
  ['a new file', () => writeFileSync(join(workspace, 'src/new.rs'), '')],
  ['a removed file', () => rmSync(join(workspace, 'src/new.rs'))],
  ['a changed manifest', () => appendFileSync(join(workspace, 'Cargo.toml'), '# edited\n')],
  [
    'a configuration file of cargo that was not there',
    () => {
      mkdirSync(join(workspace, '.cargo'), { recursive: true });
      writeFileSync(join(workspace, '.cargo/config.toml'), '[env]\nWORD = "x"\n');
    },
  ],
  ['a new `ferrule.toml`', () => writeFileSync(join(workspace, 'ferrule.toml'), '')],
  ['a result link that is gone', () => unlinkSync(join(workspace, 'result'))],
])('%s is never answered from memory', async (_what, change) => {
  await settle();
  expect(withoutNode().status).toBe(0);
  await sleep(20);
  change();
  expect(withoutNode().status).not.toBe(0);
  expect(ferrule().status).toBe(0);
});

test('a variable that is set makes the shell leave the answer to Node', async () => {
  await settle();
  expect(withoutNode({ RUSTFLAGS: '--cfg other' }).status).not.toBe(0);
});
