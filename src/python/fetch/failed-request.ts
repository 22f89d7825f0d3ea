import { StoreFailure } from '../../store/store.ts';
import type { FetchProblem } from './fetch-diagnostics.ts';
import { BadAnswer, BadNetworkSetting, type HttpAnswer } from './http-client.ts';

/** Nothing came, and trying again would not help. */
export interface FetchFailure {
  readonly ok: false;
  readonly problem: FetchProblem;
}

/** Nothing came, or not all of it, and another attempt may do better. */
export interface TryAgain {
  /** What went wrong, a clause. */
  readonly again: string;
  /** Milliseconds that the server asks to wait; `undefined`: it does not say. */
  readonly pause: number | undefined;
}

/** Trust does not come by trying again. */
const CERTIFICATE_CODES = /^(?:CERT_|UNABLE_TO_|SELF_SIGNED|DEPTH_ZERO|ERR_TLS_CERT)/;

/** What an answer without content means. `now`: milliseconds since the epoch. */
export function refusedStatus(
  answer: HttpAnswer,
  context: { readonly hadCredentials: boolean; readonly now: number },
): FetchFailure | TryAgain {
  const { status } = answer;
  const url = answer.url.href;
  if (status === 401 || status === 403 || status === 407) {
    return { ok: false, problem: { kind: 'unauthorized', url, status, hadCredentials: context.hadCredentials, index: undefined } };
  }
  if (status === 404 || status === 410) return { ok: false, problem: { kind: 'gone', url, status } };
  if (status === 408 || status === 425 || status === 429 || status >= 500) {
    return { again: `it answers ${status}`, pause: retryAfter(answer.headers['retry-after'], context.now) };
  }
  return { ok: false, problem: { kind: 'status', url, status } };
}

/** What a failed request means; failures of the disk and our own errors pass through. */
export function failedRequest(error: unknown, url: URL): FetchFailure | TryAgain {
  if (error instanceof StoreFailure) throw error;
  if (error instanceof BadNetworkSetting)
    return { ok: false, problem: { kind: 'setting', variable: error.variable, problem: error.message } };
  if (error instanceof BadAnswer) return { again: error.message, pause: undefined };
  if (!(error instanceof Error) || !('code' in error)) throw error;
  const code = String(error.code);
  if (!CERTIFICATE_CODES.test(code)) return { again: `${error.message || 'the connection failed'} (${code})`, pause: undefined };
  return { ok: false, problem: { kind: 'untrusted', url: url.href, problem: error.message } };
}

/** `Retry-After` (RFC 9110 10.2.3), seconds or a date, as milliseconds from now; `undefined`: not there or not understood. */
function retryAfter(text: string | undefined, now: number): number | undefined {
  if (text === undefined) return undefined;
  const at = /^\d+$/.test(text) ? now + Number(text) * 1000 : Date.parse(text);
  return Number.isNaN(at) ? undefined : Math.max(0, at - now);
}
