import { existsSync, readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';

/** How a cache misbehaves. */
export type Fault =
  | 'none'
  /** No connection is taken. */
  | 'dead'
  /** Connections are taken and nothing is ever said. */
  | 'silent'
  /** Every question is answered with 503, or with 429. */
  | 'failing'
  | 'busy'
  /** It knows nothing. */
  | 'empty'
  | 'narinfo-malformed'
  | 'narinfo-failing'
  /** One digit of every signature is another one. */
  | 'signature-bad'
  | 'nar-missing'
  | 'nar-failing'
  /** The connection ends in the middle. */
  | 'nar-truncated'
  /** Half of it, as if that were all. */
  | 'nar-short'
  /** One byte is another one. */
  | 'nar-corrupt';

/** A binary cache over HTTP from a directory that `nix copy --to file://…` has made. */
export interface BinaryCache extends AsyncDisposable {
  readonly url: string;
  /** From now on; `none`: it is whole again. */
  readonly misbehave: (fault: Fault) => Promise<void>;
  /** `METHOD PATH` of everything it was asked since the last call. */
  readonly asked: () => readonly string[];
}

export async function serveBinaryCache(directory: string): Promise<BinaryCache> {
  let fault: Fault = 'none';
  let asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(`${request.method ?? ''} ${request.url ?? ''}`);
    answer({ directory, fault, request, response });
  });
  await listen(0);
  const { port } = server.address() as AddressInfo;

  async function listen(port: number): Promise<void> {
    await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  }
  async function close(): Promise<void> {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }

  return {
    url: `http://127.0.0.1:${port}`,
    misbehave: async (next) => {
      if (next === 'dead' && server.listening) await close();
      if (next !== 'dead' && !server.listening) await listen(port);
      fault = next;
    },
    asked: () => {
      const before = asked;
      asked = [];
      return before;
    },
    [Symbol.asyncDispose]: async () => {
      if (server.listening) await close();
    },
  };
}

interface Question {
  readonly directory: string;
  readonly fault: Fault;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

function answer({ directory, fault, request, response }: Question): void {
  if (fault === 'silent') return;
  const path = (request.url ?? '/').split('?', 1)[0] ?? '/';
  const file = join(directory, path);
  const about = path.endsWith('.narinfo') ? 'narinfo' : path.startsWith('/nar/') ? 'nar' : 'other';
  if (fault === 'failing' || fault === `${about}-failing`) return say(response, 503);
  if (fault === 'busy') return say(response, 429);
  if (!existsSync(file) || (fault === 'empty' && about !== 'other') || fault === `${about}-missing`) return say(response, 404);
  const bytes = readFileSync(file);
  const half = bytes.subarray(0, bytes.length >> 1);
  if (fault === 'narinfo-malformed' && about === 'narinfo') return say(response, 200, 'StorePath');
  if (fault === 'signature-bad' && about === 'narinfo') return say(response, 200, spoilSignature(bytes.toString('utf8')));
  if (fault === 'nar-short' && about === 'nar') return say(response, 200, half);
  if (fault === 'nar-corrupt' && about === 'nar')
    return say(response, 200, Buffer.concat([half, Buffer.of(1, 2, 3, 4), bytes.subarray(half.length + 4)]));
  if (fault !== 'nar-truncated' || about !== 'nar') return say(response, 200, bytes);
  response.writeHead(200, { 'content-length': bytes.length });
  response.write(half, () => response.destroy());
}

function say(response: ServerResponse, status: number, body: string | Buffer = ''): void {
  response.writeHead(status, { 'content-length': Buffer.byteLength(body) }).end(body);
}

function spoilSignature(narinfo: string): string {
  return narinfo.replace(/^(Sig: [^:]+:.)(.)/m, (_, before: string, digit: string) => `${before}${digit === 'A' ? 'B' : 'A'}`);
}
