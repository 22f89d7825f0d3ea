import { type FetchFailure, failedRequest, refusedStatus, type TryAgain } from './failed-request.ts';
import type { HttpClient } from './http-client.ts';
import { findOnPage, INDEX_PAGE_TYPES, indexPageAddress } from './index-page.ts';
import { type IndexSettings, mirrorOf, rebased } from './index-settings.ts';
import { pauseAfter, type RetryPolicy } from './retry-policy.ts';

/** Answers of indexes by address of their page. */
export type IndexPages = Map<string, Promise<IndexPage>>;

export type IndexPage = { readonly ok: true; readonly text: string; readonly type: string; readonly url: URL } | FetchFailure;

export interface ArtifactAddress {
  readonly client: HttpClient;
  readonly pages: IndexPages;
  readonly settings: IndexSettings;
  readonly retry: RetryPolicy;
  readonly signal: AbortSignal;
  readonly filename: string;
  /** As the lock has it. */
  readonly url: string;
  /** Address of the index that lists it; `undefined`: a direct address, which nothing stands in for. */
  readonly index: string | undefined;
}

/** Where to fetch a file from: where the lock says, or where the index that stands in for the lock's has it. */
export async function locateArtifact(options: ArtifactAddress): Promise<{ readonly ok: true; readonly url: URL } | FetchFailure> {
  const { settings, filename, url, index } = options;
  const mirror = index === undefined ? undefined : mirrorOf(settings, index);
  if (index === undefined || mirror === undefined) return addressed(url);
  const moved = rebased(url, { from: index, to: mirror });
  if (moved !== undefined) return addressed(moved);
  const address = indexPageAddress(mirror, filename);
  if (address === undefined) return { ok: false, problem: { kind: 'address', url: mirror } };
  let asked = options.pages.get(address.href);
  if (asked === undefined) {
    asked = readPage(address, options);
    options.pages.set(address.href, asked);
  }
  const page = await asked;
  if (!page.ok) return page.problem.kind === 'gone' ? { ok: false, problem: { kind: 'not-mirrored', page: address.href, index } } : page;
  const found = findOnPage(page, filename);
  return found === undefined ? { ok: false, problem: { kind: 'not-mirrored', page: address.href, index } } : addressed(found);
}

function addressed(text: string): { readonly ok: true; readonly url: URL } | FetchFailure {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol)) return { ok: false, problem: { kind: 'address', url: text } };
  return { ok: true, url };
}

async function readPage(url: URL, options: Pick<ArtifactAddress, 'client' | 'retry' | 'signal'>): Promise<IndexPage> {
  const { retry, signal } = options;
  for (let attempt = 1; ; attempt += 1) {
    const page = await askForPage(url, options);
    if (!('again' in page)) return page;
    if (signal.aborted) return { ok: false, problem: { kind: 'stopped' } };
    if (attempt >= retry.attempts)
      return { ok: false, problem: { kind: 'unreachable', url: url.href, problem: page.again, attempts: attempt, arrived: 0 } };
    await retry.wait(page.pause ?? pauseAfter(attempt), signal);
  }
}

async function askForPage(url: URL, options: Pick<ArtifactAddress, 'client' | 'retry' | 'signal'>): Promise<IndexPage | TryAgain> {
  const { client, retry, signal } = options;
  try {
    const answer = await client.get({ url, headers: { accept: INDEX_PAGE_TYPES }, signal });
    if (answer.status === 200) {
      return { ok: true, text: await wholeText(answer.body), type: answer.headers['content-type'] ?? '', url: answer.url };
    }
    answer.body.resume();
    return refusedStatus(answer, { hadCredentials: client.knowsCredentials(answer.url), now: retry.now() });
  } catch (error) {
    return failedRequest(error, url);
  }
}

async function wholeText(body: AsyncIterable<unknown>): Promise<string> {
  const pieces: Buffer[] = [];
  for await (const piece of body) if (Buffer.isBuffer(piece)) pieces.push(piece);
  return Buffer.concat(pieces).toString('utf8');
}
