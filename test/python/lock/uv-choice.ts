import { execFile } from 'node:child_process';
import { chmodSync, cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { oracleTools } from '../oracle.ts';
import { emptyArchive } from './empty-archives.ts';
import type { TargetPlatform } from './interpreters.ts';

/** What uv does with a lock. */
export interface UvChoice {
  /** File names that it fetched, sorted: its choice for every distribution that comes from an index or an address. */
  readonly files: readonly string[];
  /** `name==version` of what it installed, sorted. */
  readonly installed: readonly string[];
}

export interface UvQuestion {
  /** Holds `pyproject.toml` and `uv.lock`. */
  readonly project: string;
  /** `undefined`: that of the oracle's interpreter, which is asked itself; another one is asked for by way of an exported lock. */
  readonly python: string | undefined;
  readonly freeThreaded?: boolean;
  readonly target: TargetPlatform;
  /** `['--extra', 'a', '--group', 'b']`. */
  readonly options?: readonly string[];
}

/**
 * Lets uv install a lock whose files all lie on a server of ours, which makes an empty wheel or a source distribution for any name
 * that it is asked for, and writes down which it was asked for.
 */
export async function uvChoice(question: UvQuestion): Promise<UvChoice> {
  const work = mkdtempSync(join(tmpdir(), 'ferrule-uv-choice-'));
  const asked = new Set<string>();
  const server = await serveArchives(asked);
  try {
    const project = join(work, 'project');
    cpSync(question.project, project, { recursive: true });
    const lock = join(project, 'uv.lock');
    const moved = movedTo(server.address, readFileSync(lock, 'utf8'));
    writeFileSync(lock, question.python === undefined ? withoutHashes(moved) : moved);
    const report = await (question.python === undefined ? synced : exported)(question, { work, project });
    return { files: [...asked].toSorted(), installed: installedIn(report) };
  } finally {
    server.close();
    rmSync(work, { recursive: true, force: true });
  }
}

interface Place {
  readonly work: string;
  readonly project: string;
}

function synced({ target, options = [] }: UvQuestion, place: Place): Promise<string> {
  const python = ['--python', oracleTools().python, '--python-platform', target.uv];
  return runUv(place, ['sync', '--frozen', '--no-install-workspace', '--no-default-groups', ...python, ...options]);
}

async function exported(question: UvQuestion, place: Place): Promise<string> {
  const { target, options = [], python = '' } = question;
  const lock = join(place.work, 'pylock.toml');
  await runUv(place, ['export', '--frozen', '--quiet', '--no-emit-workspace', '--no-default-groups', '-o', lock, ...options]);
  writeFileSync(lock, await withOurHashes(readFileSync(lock, 'utf8')));
  const interpreter = question.freeThreaded === true ? disguised(place, python) : oracleTools().python;
  const choice = ['--python', interpreter, '--python-version', python, '--python-platform', target.uv];
  return runUv(place, ['pip', 'install', '--no-deps', '--target', join(place.work, 'target'), '-r', lock, ...choice]);
}

async function runUv({ work, project }: Place, words: readonly string[]): Promise<string> {
  const { stderr } = await promisify(execFile)(oracleTools().uv, ['--no-config', ...words], {
    cwd: project,
    maxBuffer: 1 << 24,
    env: {
      PATH: process.env['PATH'],
      HOME: work,
      UV_CACHE_DIR: join(work, 'cache'),
      UV_PROJECT_ENVIRONMENT: join(work, 'environment'),
      UV_PYTHON_DOWNLOADS: 'never',
      UV_PREVIEW: '1',
      MACOSX_DEPLOYMENT_TARGET: '14.0',
    },
  });
  return stderr;
}

const DISGUISE = (python: string, version: string): string => `#!${python}
import json, subprocess, sys
answer = subprocess.run([${JSON.stringify(python)}, *sys.argv[1:]], stdout=subprocess.PIPE, text=True)
try:
    facts = json.loads(answer.stdout)
    facts["gil_disabled"] = True
    facts["markers"]["python_full_version"] = facts["markers"]["implementation_version"] = ${JSON.stringify(version)}
    facts["markers"]["python_version"] = ".".join(${JSON.stringify(version)}.split(".")[:2])
    print(json.dumps(facts))
except (ValueError, KeyError, TypeError):
    sys.stdout.write(answer.stdout)
sys.exit(answer.returncode)
`;

/** An interpreter that says of itself that it is free-threaded: uv asks it, and installs elsewhere. */
function disguised({ work }: Place, version: string): string {
  const program = join(work, 'python3');
  writeFileSync(program, DISGUISE(oracleTools().python, version));
  chmodSync(program, 0o755);
  return program;
}

function installedIn(report: string): readonly string[] {
  return [...report.matchAll(/^ \+ (\S+)/gm)].map(([, name = '']) => name).toSorted();
}

/** Every file of the lock at another address. */
function movedTo(address: string, lock: string): string {
  return lock.replaceAll(/url = "https?:\/\/[^"]*\/([^"/]+)"/g, (_, file: string) => `url = "${address}/${file}"`);
}

function withoutHashes(lock: string): string {
  return lock.replaceAll(/, (?:hash = "[^"]*"|size = \d+)/g, '');
}

/** An exported lock must have hashes: those of what we serve. */
async function withOurHashes(lock: string): Promise<string> {
  const lines = lock.replaceAll(/, size = \d+/g, '').split('\n');
  const hashed = lines.map(async (line) => {
    const [, file = ''] = /url = "http:\/\/127\.0\.0\.1:\d+\/([^"]+)"/.exec(line) ?? [];
    if (file === '') return line;
    // Each file has a line of its own, or there is only one.
    const parts = line.split(/(?=\{ url)/);
    const done = await Promise.all(parts.map(hashedPart));
    return done.join('');
  });
  return (await Promise.all(hashed)).join('\n');
}

async function hashedPart(part: string): Promise<string> {
  const [, file] = /url = "http:\/\/127\.0\.0\.1:\d+\/([^"]+)"/.exec(part) ?? [];
  if (file === undefined) return part;
  const hash = createHash('sha256')
    .update(await emptyArchive(decodeURIComponent(file)))
    .digest('hex');
  return part.replace(/hashes = \{[^}]*\}/, `hashes = { sha256 = "${hash}" }`);
}

async function serveArchives(asked: Set<string>): Promise<{ readonly address: string; close(): void }> {
  const server: Server = createServer((request, response) => {
    const filename = decodeURIComponent((request.url ?? '').split('/').at(-1) ?? '');
    asked.add(filename);
    void emptyArchive(filename).then((bytes) =>
      response.writeHead(200, { 'content-length': bytes.byteLength }).end(request.method === 'HEAD' ? '' : bytes),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const place = server.address();
  if (place === null || typeof place === 'string') throw new Error('no port');
  return { address: `http://127.0.0.1:${place.port}`, close: () => server.close() };
}
