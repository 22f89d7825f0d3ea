import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { oracleTools } from '../oracle.ts';
import { emptyArchive } from './empty-archives.ts';

/** One version of a distribution of the index. */
export interface Release {
  readonly requires?: readonly string[];
  readonly extras?: readonly string[];
  /** File names; without: a wheel for every Python. */
  readonly files?: readonly string[];
}

/** `{ 'torch 2.0': { requires: ['numpy'] } }` */
export type Releases = Readonly<Record<string, Release>>;

/** An index with empty distributions, a directory with projects, and uv to lock and install them: nothing outside of the machine. */
export interface Workshop {
  readonly directory: string;
  /** Of the index, without a slash at the end. */
  readonly address: string;
  readonly write: (files: Readonly<Record<string, string>>) => void;
  readonly remove: (path: string) => void;
  readonly read: (path: string) => string;
  /** Runs uv in a directory of the workshop. */
  readonly uv: (directory: string, ...words: readonly string[]) => Promise<UvRun>;
  /** Files that were fetched since this was last asked, sorted. */
  readonly fetched: () => readonly string[];
  readonly close: () => void;
}

export interface UvRun {
  readonly ok: boolean;
  readonly stderr: string;
}

export async function openWorkshop(releases: Releases): Promise<Workshop> {
  const directory = mkdtempSync(join(tmpdir(), 'ferrule-locks-'));
  const index = await serve(releases);
  let runs = 0;
  return {
    directory,
    address: `${index.address}/simple`,
    fetched: index.fetched,
    remove: (path) => {
      rmSync(join(directory, path), { recursive: true });
    },
    read: (path) => readFileSync(join(directory, path), 'utf8'),
    write: (files) => {
      for (const [path, text] of Object.entries(files)) {
        mkdirSync(dirname(join(directory, path)), { recursive: true });
        writeFileSync(join(directory, path), text.replaceAll('@INDEX@', `${index.address}/simple`));
      }
    },
    uv: async (below, ...words) => {
      runs += 1;
      const environment = {
        PATH: process.env['PATH'],
        HOME: directory,
        // A file that is in the cache is not asked for again.
        UV_CACHE_DIR: join(directory, '.caches', String(runs)),
        UV_PROJECT_ENVIRONMENT: join(directory, '.environments', String(runs)),
        UV_PYTHON_DOWNLOADS: 'never',
        UV_PYTHON: oracleTools().python,
        UV_DEFAULT_INDEX: `${index.address}/simple`,
        MACOSX_DEPLOYMENT_TARGET: '14.0',
      };
      try {
        const options = { cwd: join(directory, below), env: environment, maxBuffer: 1 << 24 };
        const { stderr } = await promisify(execFile)(oracleTools().uv, words, options);
        return { ok: true, stderr };
      } catch (error) {
        if (error instanceof Error && 'stderr' in error) return { ok: false, stderr: String(error.stderr) };
        throw error;
      }
    },
    close: () => {
      index.close();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

interface Index {
  readonly address: string;
  readonly fetched: () => readonly string[];
  readonly close: () => void;
}

interface IndexedFile {
  readonly distribution: string;
  readonly metadata: string;
}

async function serve(releases: Releases): Promise<Index> {
  const files = filesOf(releases);
  const asked = new Set<string>();
  const server = createServer((request, response) => {
    const parts = (request.url ?? '').split('/').filter((part) => part !== '');
    const name = decodeURIComponent(parts.at(-1) ?? '');
    const answer = parts[0] === 'simple' ? listing(name, files) : archive(name, files);
    if (parts[0] !== 'simple') asked.add(name);
    void answer.then((body) => {
      if (body === undefined) response.writeHead(404).end();
      else response.writeHead(200, { 'content-type': parts[0] === 'simple' ? 'text/html' : 'application/octet-stream' }).end(body);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const place = server.address();
  if (place === null || typeof place === 'string') throw new Error('no port');
  return {
    address: `http://127.0.0.1:${place.port}`,
    close: () => server.close(),
    fetched: () => {
      const list = [...asked].toSorted();
      asked.clear();
      return list;
    },
  };
}

function filesOf(releases: Releases): ReadonlyMap<string, IndexedFile> {
  return new Map(
    Object.entries(releases).flatMap(([id, { requires = [], extras = [], files }]) => {
      const [name = '', version = ''] = id.split(' ');
      const metadata = [...extras.map((extra) => `Provides-Extra: ${extra}\n`), ...requires.map((line) => `Requires-Dist: ${line}\n`)].join(
        '',
      );
      const list = files ?? [`${name.replaceAll('-', '_')}-${version}-py3-none-any.whl`];
      return list.map((file) => [file, { distribution: name, metadata }] as const);
    }),
  );
}

async function listing(distribution: string, files: ReadonlyMap<string, IndexedFile>): Promise<string | undefined> {
  const links: string[] = [];
  for (const [file, entry] of files) {
    if (entry.distribution !== distribution) continue;
    const hash = createHash('sha256')
      .update(await emptyArchive(file, entry.metadata))
      .digest('hex');
    links.push(`<a href="/files/${encodeURIComponent(file)}#sha256=${hash}">${file}</a>`);
  }
  return links.length === 0 ? undefined : `<!doctype html><body>${links.join('\n')}</body>`;
}

async function archive(file: string, files: ReadonlyMap<string, IndexedFile>): Promise<Uint8Array | undefined> {
  const entry = files.get(file);
  return entry === undefined ? undefined : emptyArchive(file, entry.metadata);
}
