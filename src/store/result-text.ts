import type { ActionResult, Output } from '../model/action.ts';
import { type Digest, parseSha256 } from '../model/digest.ts';

/**
 * An action's result as text: one line of numbers and logs, then one line for each output. (Not JSON: 300 results of a build with
 * nothing to do are parsed in 5 ms instead of 48 with a schema, for all of it runs cold.) Throws on a path with a line end.
 *
 * ```
 * EXIT ELAPSED STDOUT-HASH STDOUT-SIZE STDERR-HASH STDERR-SIZE
 * file HASH SIZE build/out/libserde.rlib
 * program HASH SIZE build/out/rg
 * tree HASH SIZE build/target/release/build/x/out
 * ```
 */
export function resultText(result: ActionResult): string {
  const { exitCode, elapsedMs, stdout, stderr, outputs } = result;
  return [`${exitCode} ${elapsedMs} ${digestText(stdout)} ${digestText(stderr)}`, ...outputs.map(outputLine)].join('\n');
}

/** The result that a text says; `undefined` when it has another shape. */
export function parseResult(text: string): ActionResult | undefined {
  const [head = '', ...lines] = text.split('\n');
  const [exitCode = '', elapsedMs = '', stdoutHash = '', stdoutSize = '', stderrHash = '', stderrSize = ''] = head.split(' ');
  const stdout = parseDigest(stdoutHash, stdoutSize);
  const stderr = parseDigest(stderrHash, stderrSize);
  const outputs = lines.map(parseOutput);
  if (stdout === undefined || stderr === undefined || !outputs.every((output) => output !== undefined)) return undefined;
  return { exitCode: Number(exitCode), outputs, stdout, stderr, elapsedMs: Number(elapsedMs) };
}

function outputLine(output: Output): string {
  if (output.path.includes('\n')) throw new Error(`internal: line end in output path ${JSON.stringify(output.path)}`);
  const kind = output.kind === 'tree' ? 'tree' : output.executable ? 'program' : 'file';
  return `${kind} ${digestText(output.digest)} ${output.path}`;
}

function parseOutput(line: string): Output | undefined {
  const [, kind = '', hash = '', size = '', path = ''] = /^(file|program|tree) ([0-9a-f]{64}) ([0-9]+) (.+)$/.exec(line) ?? [];
  const digest = parseDigest(hash, size);
  if (digest === undefined) return undefined;
  return kind === 'tree' ? { kind, path, digest } : { kind: 'file', path, digest, executable: kind === 'program' };
}

function digestText(digest: Digest): string {
  return `${digest.hash} ${digest.size}`;
}

function parseDigest(hashText: string, size: string): Digest | undefined {
  const hash = parseSha256(hashText);
  return hash === undefined || !/^[0-9]+$/.test(size) ? undefined : { hash, size: Number(size) };
}
