import type { Digest } from '../../model/digest.ts';
import type { Artifact } from '../artifact.ts';
import { type FetchFailure, failedRequest, refusedStatus, type TryAgain } from './failed-request.ts';
import type { FetchProblem } from './fetch-diagnostics.ts';
import type { HttpAnswer, HttpClient } from './http-client.ts';
import { PartialFile, type PartialStore } from './partial-file.ts';
import { pauseAfter, type RetryPolicy } from './retry-policy.ts';

/** Progress of one file, in bytes; called for every piece that arrives. */
export interface FetchProgress {
  readonly file: string;
  /** Since its beginning, what an earlier run has fetched included. */
  readonly received: number;
  /** `undefined`: neither lock nor server say. */
  readonly total: number | undefined;
}

export interface Download {
  readonly client: HttpClient;
  readonly store: PartialStore;
  readonly url: URL;
  readonly artifact: Artifact;
  /** By what a part that an earlier run has kept is known. */
  readonly key: string;
  readonly retry: RetryPolicy;
  readonly signal: AbortSignal;
  readonly onProgress: (progress: FetchProgress) => void;
}

export type Downloaded = { readonly ok: true; readonly digest: Digest } | FetchFailure;

/** Bytes that make an attempt worth something though it broke off. */
const PROGRESS_BYTES = 256 << 10;

/**
 * Fetches one file into the store, going on where a connection broke off, and checks it against the lock. Throws `StoreFailure` when the disk
 * fails; what has arrived is kept then, as it is when the run is stopped.
 */
export async function download(options: Download): Promise<Downloaded> {
  const { store, key, artifact } = options;
  const file = new PartialFile({ store, key, algorithm: artifact.hash?.algorithm });
  let outcome: Downloaded | undefined;
  try {
    outcome = await fetchInto(file, options);
  } finally {
    // A full disk is not to be filled further with what cannot be finished.
    if (outcome === undefined) file.discard();
    else if (!outcome.ok) endPart(file, outcome.problem);
  }
  return outcome.ok ? { ok: true, digest: file.finish() } : outcome;
}

/** What does not have the lock's hash is of no use later. */
function endPart(file: PartialFile, problem: FetchProblem): void {
  if (problem.kind === 'wrong-hash' || problem.kind === 'wrong-size') file.discard();
  else file.abandon();
}

async function fetchInto(file: PartialFile, options: Download): Promise<Downloaded> {
  const hadPart = file.size > 0;
  const fetched = await fetchAll(file, options);
  if (!fetched.ok) return fetched;
  const checked = check(file, options);
  if (checked.ok || !hadPart) return checked;
  // What an earlier run left may be of another file: once more, all of it.
  file.restart();
  const again = await fetchAll(file, options);
  return again.ok ? check(file, options) : again;
}

async function fetchAll(file: PartialFile, options: Download): Promise<Complete | FetchFailure> {
  const { url, retry, signal } = options;
  for (let inVain = 0, attempts = 1; ; attempts += 1) {
    const before = file.size;
    const attempt = await attemptOnce(file, options);
    if ('ok' in attempt) return attempt;
    if (signal.aborted) return { ok: false, problem: { kind: 'stopped' } };
    inVain = file.size - before >= PROGRESS_BYTES ? 1 : inVain + 1;
    if (inVain >= retry.attempts) {
      return { ok: false, problem: { kind: 'unreachable', url: url.href, problem: attempt.again, attempts, arrived: file.size } };
    }
    await retry.wait(attempt.pause ?? pauseAfter(inVain), signal);
  }
}

interface Complete {
  readonly ok: true;
}

async function attemptOnce(file: PartialFile, options: Download): Promise<Complete | FetchFailure | TryAgain> {
  const { client, url, signal, artifact } = options;
  // Without a hash nothing would tell that the two parts are of one file.
  if (file.size > 0 && file.validator === undefined && artifact.hash === undefined) file.restart();
  try {
    const answer = await client.get({ url, headers: resumeHeaders(file), signal });
    return await receive(file, { answer, options });
  } catch (error) {
    return failedRequest(error, url);
  }
}

/** Asks for the rest only, and for all of it should the file be another by now (RFC 9110 13.1.5). */
function resumeHeaders(file: PartialFile): Readonly<Record<string, string>> {
  if (file.size === 0) return {};
  const range = `bytes=${file.size}-`;
  return file.validator === undefined ? { range } : { range, 'if-range': file.validator };
}

interface Receipt {
  readonly answer: HttpAnswer;
  readonly options: Download;
}

async function receive(file: PartialFile, { answer, options }: Receipt): Promise<Complete | FetchFailure | TryAgain> {
  const { status, body, headers } = answer;
  if (status !== 200 && status !== 206) {
    body.resume();
    if (status === 416 && file.size > 0) {
      file.restart();
      return { again: 'it does not have the rest of what it has sent', pause: 0 };
    }
    return refusedStatus(answer, { hadCredentials: options.client.knowsCredentials(answer.url), now: options.retry.now() });
  }
  if (status === 200 && file.size > 0) file.restart();
  if (status === 206 && headers['content-range']?.startsWith(`bytes ${file.size}-`) !== true) {
    body.destroy();
    file.restart();
    return { again: 'it sends another part than the one asked for', pause: 0 };
  }
  const length = Number(headers['content-length'] ?? Number.NaN);
  const total = Number.isNaN(length) ? undefined : file.size + length;
  // A weak tag does not say that the bytes are the same.
  file.validator = headers.etag === undefined || headers.etag.startsWith('W/') ? headers['last-modified'] : headers.etag;
  await receiveBody(file, { answer, options, total });
  return total !== undefined && file.size < total && !isTooLong(file, options.artifact)
    ? { again: 'the connection ended early', pause: undefined }
    : { ok: true };
}

async function receiveBody(file: PartialFile, receipt: Receipt & { readonly total: number | undefined }): Promise<void> {
  const { body } = receipt.answer;
  const { artifact, onProgress } = receipt.options;
  const total = artifact.size ?? receipt.total;
  for await (const piece of body) {
    if (!Buffer.isBuffer(piece)) throw new Error('internal: an HTTP body gave something else than bytes');
    file.append(piece);
    onProgress({ file: artifact.filename, received: file.size, total });
    // More than the lock says cannot become right: the rest is not waited for.
    if (isTooLong(file, artifact)) break;
  }
}

function isTooLong(file: PartialFile, artifact: Artifact): boolean {
  return artifact.size !== undefined && artifact.hash !== undefined && file.size > artifact.size;
}

function check(file: PartialFile, options: Download): Downloaded {
  const { artifact, url } = options;
  const { digest, locked } = file.digests();
  const { hash, size } = artifact;
  if (hash === undefined || hash.hex === locked) return { ok: true, digest };
  if (size !== undefined && digest.size < size) {
    return { ok: false, problem: { kind: 'wrong-size', url: url.href, expected: size, found: digest.size } };
  }
  const { algorithm } = hash;
  return {
    ok: false,
    problem: {
      kind: 'wrong-hash',
      url: url.href,
      expected: `${algorithm}:${hash.hex}`,
      found: isTooLong(file, artifact) ? `more than the ${size} bytes of the lock` : `${algorithm}:${locked}`,
      size: digest.size,
    },
  };
}
