import { createHash, randomBytes } from 'node:crypto';
import * as http from 'node:http';
import * as https from 'node:https';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';

/** A request as the server saw it. */
export interface SeenRequest {
  readonly path: string;
  readonly range: string | undefined;
  readonly authorization: string | undefined;
}

/** What the server does with the `count`-th request for a path (from 1); `undefined`: it serves the file. */
export type Behaviour = (request: http.IncomingMessage, response: http.ServerResponse, count: number) => boolean;

export interface FileServer {
  /** `http://127.0.0.1:PORT` */
  readonly url: string;
  readonly port: number;
  readonly files: Map<string, Buffer>;
  readonly behaviours: Map<string, Behaviour>;
  readonly seen: SeenRequest[];
  /** The most requests that were under way at once. */
  readonly busiest: () => number;
}

/** A server with files, byte ranges and entity tags on a port of its own, gone after the test. */
export async function fileServer(tls?: { readonly key: string; readonly cert: string }): Promise<FileServer> {
  const files = new Map<string, Buffer>();
  const behaviours = new Map<string, Behaviour>();
  const seen: SeenRequest[] = [];
  const counts = new Map<string, number>();
  let busy = 0;
  let busiest = 0;
  const answer = (request: http.IncomingMessage, response: http.ServerResponse): void => {
    const path = request.url ?? '';
    const count = (counts.get(path) ?? 0) + 1;
    counts.set(path, count);
    seen.push({ path, range: request.headers.range, authorization: request.headers.authorization });
    busy += 1;
    busiest = Math.max(busiest, busy);
    response.once('close', () => {
      busy -= 1;
    });
    if (behaviours.get(path)?.(request, response, count) === true) return;
    serveFile({ request, response, bytes: files.get(path) });
  };
  const server = tls === undefined ? http.createServer(answer) : https.createServer(tls, answer);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = addressOf(server);
  return { url: `http${tls === undefined ? '' : 's'}://127.0.0.1:${port}`, port, files, behaviours, seen, busiest: () => busiest };
}

export function addressOf(server: { readonly address: () => string | AddressInfo | null }): AddressInfo {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server has no port');
  return address;
}

function serveFile(options: {
  readonly request: http.IncomingMessage;
  readonly response: http.ServerResponse;
  readonly bytes: Buffer | undefined;
}): void {
  const { request, response, bytes } = options;
  if (bytes === undefined) {
    response.writeHead(404).end('there is no such file');
    return;
  }
  const etag = etagOf(bytes);
  const start = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? Number.NaN);
  const condition = request.headers['if-range'];
  if (Number.isNaN(start) || (condition !== undefined && condition !== etag)) {
    response.writeHead(200, { 'content-length': bytes.length, etag }).end(bytes);
  } else if (start >= bytes.length) {
    response.writeHead(416).end();
  } else {
    const range = `bytes ${start}-${bytes.length - 1}/${bytes.length}`;
    response.writeHead(206, { 'content-length': bytes.length - start, 'content-range': range, etag }).end(bytes.subarray(start));
  }
}

export function etagOf(bytes: Buffer): string {
  return `"${createHash('sha256').update(bytes).digest('hex').slice(0, 16)}"`;
}

/** Sends the first bytes of a file, honouring the range asked for, and breaks the connection. */
export function breakAfter(count: number, bytes: Buffer): Behaviour {
  return (request, response) => {
    const start = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
    const rest = bytes.subarray(start);
    const range = `bytes ${start}-${bytes.length - 1}/${bytes.length}`;
    response.writeHead(start === 0 ? 200 : 206, {
      'content-length': rest.length,
      etag: etagOf(bytes),
      ...(start === 0 ? {} : { 'content-range': range }),
    });
    response.write(rest.subarray(0, count), () => setTimeout(() => response.destroy(), 5));
    return true;
  };
}

/** Answers with a status and nothing else. */
export function status(code: number, headers: http.OutgoingHttpHeaders = {}): Behaviour {
  return (_, response) => {
    response.writeHead(code, headers).end();
    return true;
  };
}

/** Bytes that nothing compresses. */
export function noise(size: number): Buffer {
  return randomBytes(size);
}
