import { fail, ok, type Result, type Span } from '../../diagnostics/diagnostic.ts';
import { type Digest, parseSha256 } from '../../model/digest.ts';
import type { Store } from '../../store/store.ts';
import type { Artifact } from '../artifact.ts';
import { CredentialBook } from './credentials.ts';
import { copyArtifact, hashOfFile } from './copy-artifact.ts';
import { download, type Downloaded, type FetchProgress } from './download.ts';
import { fetchDiagnostic } from './fetch-diagnostics.ts';
import type { HostEnvironment } from './host-environment.ts';
import { HttpClient } from './http-client.ts';
import { type IndexMirror, type IndexSettings, indexSettings, type NamedIndex } from './index-settings.ts';
import { type IndexPages, locateArtifact } from './locate-artifact.ts';
import { redactUrl } from './redact.ts';
import { type RetryPolicy, waitFor } from './retry-policy.ts';
import { Slots } from './slots.ts';

/** What fetching needs of the store. */
export type ArtifactStore = Pick<Store, 'scratch' | 'takeFile' | 'copyFile' | 'blobPath' | 'getNote' | 'putNote'>;

export interface FetcherOptions {
  readonly store: ArtifactStore;
  /** Read for indexes, credentials, proxies and certificates; see {@link ArtifactFetcher}. */
  readonly environment: HostEnvironment;
  /** Nothing is asked of the network. */
  readonly offline: boolean;
  readonly signal: AbortSignal;
  /** Called for every piece that arrives. */
  readonly onProgress: (progress: FetchProgress) => void;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Indexes of the projects whose locks are read, for their credentials. */
  readonly indexes?: readonly NamedIndex[];
  readonly mirrors?: readonly IndexMirror[];
  /** Files fetched at once; 8 when left out. */
  readonly parallel?: number;
  /** How retries wait; tests do not. */
  readonly wait?: RetryPolicy['wait'];
}

/** An artifact in the store. */
export interface FetchedArtifact {
  /** Absolute path of its blob: the name says nothing. Never write to it. */
  readonly path: string;
  readonly digest: Digest;
}

const PARALLEL = 8;
const CONNECTIONS_PER_HOST = 6;
const RETRIES = 3;

/** Digests of artifacts by what the lock knows of them: hash or, without one, address. */
const NAMESPACE = 'artifact';

/**
 * Fetches wheels and source distributions into the store's blobs, each checked against its hash while it arrives, and each only once.
 *
 * Of the environment it knows uv's variables `UV_DEFAULT_INDEX`, `UV_INDEX_URL`, `UV_INDEX`, `UV_INDEX_NAME_USERNAME` and `_PASSWORD`,
 * `UV_HTTP_TIMEOUT` (seconds without a byte, 30) and `UV_HTTP_RETRIES` (3); `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY`, `NO_PROXY`;
 * `SSL_CERT_FILE`; `NETRC`, else `~/.netrc`.
 */
export class ArtifactFetcher {
  readonly #options: FetcherOptions;
  readonly #indexes: IndexSettings;
  readonly #client: HttpClient;
  readonly #slots: Slots;
  readonly #retry: RetryPolicy;
  readonly #underWay = new Map<string, Promise<Result<FetchedArtifact>>>();
  /** Outcomes of what was fetched ahead, until they are asked for. */
  readonly #begun = new Map<string, Promise<Result<FetchedArtifact>>>();
  /** Answers of indexes that stand in for others, by address of their page. */
  readonly #pages: IndexPages = new Map();

  constructor(options: FetcherOptions) {
    const { environment, now } = options;
    this.#options = options;
    this.#indexes = indexSettings({ environment, named: options.indexes ?? [], mirrors: options.mirrors ?? [] });
    const credentials = new CredentialBook({ environment, indexes: this.#indexes });
    this.#client = new HttpClient({ environment, credentials, connections: CONNECTIONS_PER_HOST });
    this.#slots = new Slots(options.parallel ?? PARALLEL);
    const retries = /^\d+$/.test(environment['UV_HTTP_RETRIES'] ?? '') ? Number(environment['UV_HTTP_RETRIES']) : RETRIES;
    this.#retry = { attempts: 1 + retries, wait: options.wait ?? waitFor, now };
  }

  /**
   * The artifact's blob, fetched where the store does not have it. `span`: its entry in the lock, for messages. Throws `StoreFailure` when the
   * disk fails. Diagnostics F0950 to F0959.
   */
  fetch(artifact: Artifact, span?: Span): Promise<Result<FetchedArtifact>> {
    const key = artifactKey(artifact);
    const begun = this.#begun.get(key);
    this.#begun.delete(key);
    return begun ?? this.#underWay.get(key) ?? this.#start(artifact, { key, span });
  }

  /**
   * Begins to fetch what the store does not have, before anybody waits for it: the network is busy while other work runs. The first
   * {@link fetch} of each has its outcome.
   */
  prefetch(wanted: readonly { readonly artifact: Artifact; readonly span: Span | undefined }[]): void {
    if (this.#options.offline) return;
    for (const { artifact, span } of wanted) {
      const key = artifactKey(artifact);
      if (this.#underWay.has(key) || this.#begun.has(key) || artifact.location.kind === 'path' || this.has(artifact)) continue;
      const work = this.#start(artifact, { key, span });
      this.#begun.set(key, work);
      // A failing disk is met by who asks for the outcome.
      work.catch(() => undefined);
    }
  }

  #start(artifact: Artifact, context: { readonly key: string; readonly span: Span | undefined }): Promise<Result<FetchedArtifact>> {
    const { key } = context;
    const work = this.#obtain(artifact, context).finally(() => this.#underWay.delete(key));
    this.#underWay.set(key, work);
    return work;
  }

  /** Whether {@link fetch} would find it in the store. */
  has(artifact: Artifact): boolean {
    return this.#kept(artifact, artifactKey(artifact)) !== undefined;
  }

  /** Closes idle connections. */
  close(): void {
    this.#client.close();
  }

  async #obtain(artifact: Artifact, context: { readonly key: string; readonly span: Span | undefined }): Promise<Result<FetchedArtifact>> {
    const { location } = artifact;
    const kept = this.#kept(artifact, context.key);
    if (kept !== undefined) return ok(kept);
    const obtained =
      location.kind === 'path'
        ? this.#copy(artifact, location.path)
        : await this.#slots.run(() => this.#download(artifact, { ...context, ...location }));
    return obtained.ok
      ? this.#record(context.key, obtained.digest)
      : fail(fetchDiagnostic({ artifact, span: context.span }, obtained.problem));
  }

  async #download(
    artifact: Artifact,
    place: { readonly key: string; readonly url: string; readonly index: string | undefined },
  ): Promise<Downloaded> {
    const { store, signal, onProgress, offline } = this.#options;
    const { key, url, index } = place;
    if (offline) return { ok: false, problem: { kind: 'offline', url } };
    if (signal.aborted) return { ok: false, problem: { kind: 'stopped' } };
    const common = { client: this.#client, retry: this.#retry, signal };
    const located = await locateArtifact({
      ...common,
      pages: this.#pages,
      settings: this.#indexes,
      filename: artifact.filename,
      url,
      index,
    });
    const done = located.ok ? await download({ ...common, store, url: located.url, artifact, key, onProgress }) : located;
    if (done.ok || done.problem.kind !== 'unauthorized') return done;
    return { ok: false, problem: { ...done.problem, index: this.#nameOf(index) } };
  }

  #copy(artifact: Artifact, path: string): Downloaded {
    const copied = copyArtifact(this.#options.store, path);
    if (!copied.ok) return copied;
    const { hash } = artifact;
    const found = hash === undefined || hash.algorithm === 'sha256' ? copied.digest.hash : hashOfFile(copied.path, hash.algorithm);
    if (hash === undefined || hash.hex === found) return copied;
    const { algorithm, hex } = hash;
    const { size } = copied.digest;
    return { ok: false, problem: { kind: 'wrong-hash', url: path, expected: `${algorithm}:${hex}`, found: `${algorithm}:${found}`, size } };
  }

  #record(key: string, digest: Digest): Result<FetchedArtifact> {
    const { store } = this.#options;
    store.putNote(NAMESPACE, key, `${digest.hash} ${digest.size}`);
    const path = store.blobPath(digest, false);
    if (path === undefined) throw new Error(`internal: blob ${digest.hash} is gone right after it was kept`);
    return ok({ path, digest });
  }

  /** What the store has, by the lock's own words or by what was noted when it was fetched. */
  #kept(artifact: Artifact, key: string): FetchedArtifact | undefined {
    const { store } = this.#options;
    const { hash, size, location } = artifact;
    // A file beside the lock without a hash may change at any time.
    if (location.kind === 'path' && hash === undefined) return undefined;
    const locked = hash?.algorithm === 'sha256' ? parseSha256(hash.hex) : undefined;
    const exact = locked === undefined || size === undefined ? undefined : { hash: locked, size };
    return keptBlob(store, exact) ?? keptBlob(store, parseNote(store.getNote(NAMESPACE, key)));
  }

  #nameOf(index: string | undefined): string | undefined {
    return this.#indexes.named.find((named) => named.url === index)?.name;
  }
}

function artifactKey(artifact: Artifact): string {
  const { hash, location } = artifact;
  if (hash !== undefined) return `${hash.algorithm}:${hash.hex}`;
  return location.kind === 'url' ? `url ${redactUrl(location.url)}` : `path ${location.path}`;
}

function keptBlob(store: ArtifactStore, digest: Digest | undefined): FetchedArtifact | undefined {
  const path = digest === undefined ? undefined : store.blobPath(digest, false);
  return digest === undefined || path === undefined ? undefined : { path, digest };
}

function parseNote(text: string | undefined): Digest | undefined {
  const [hash, size] = (text ?? '').split(' ');
  const parsed = parseSha256(hash ?? '');
  return parsed === undefined ? undefined : { hash: parsed, size: Number(size) };
}
