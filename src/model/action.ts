import { type Digest, digestOf } from './digest.ts';
import { type InputRoot, inputRootDigest, writeDigest } from './tree.ts';
import { compareBytes, WireWriter } from './wire.ts';

/** What is run: the Remote Execution API's `Command`, in our types. */
export interface Command {
  readonly arguments: readonly string[];
  /** The whole environment: nothing is inherited. */
  readonly environment: Readonly<Record<string, string>>;
  /** Relative to the input root: `build` or a directory below it. */
  readonly workingDirectory: string;
  /** Relative to the input root (not to the working directory), each a file or a directory. Absent ones are no error here. */
  readonly outputs: readonly string[];
}

/** A command, what it can read, and what it needs from the machine. Its digest is the key of its result. */
export interface Action {
  readonly command: Command;
  readonly inputs: InputRoot;
  /** Platform properties: everything about the machine that can change the output, by name. */
  readonly platform: Readonly<Record<string, string>>;
}

/** Platform property that names an input tree which the command may write: it gets a copy of its own. */
export const WRITABLE_INPUT = 'writable';

/** Digest of the canonical `Action` message: the key of the action in every cache, for every engine. */
export type ActionKey = Digest;

/** What became of one declared output. */
export type Output =
  | { readonly kind: 'file'; readonly path: string; readonly digest: Digest; readonly executable: boolean }
  | { readonly kind: 'tree'; readonly path: string; readonly digest: Digest };

/** A finished action. Only results with `exitCode` 0 are kept in the action cache. */
export interface ActionResult {
  readonly exitCode: number;
  /** Sorted by path; declared outputs that the command did not make are missing. */
  readonly outputs: readonly Output[];
  readonly stdout: Digest;
  readonly stderr: Digest;
  /** Wall time of the command in milliseconds, when it really ran: what the critical path is estimated from. */
  readonly elapsedMs: number;
}

/** Canonical `Command` message. Output paths are given relative to the working directory, as the API has them. */
export function encodeCommand(command: Command): Buffer {
  const writer = new WireWriter();
  for (const argument of command.arguments) writer.element(1, argument);
  for (const [name, value] of sortedEntries(command.environment)) {
    writer.message(2, (variable) => variable.string(1, name).string(2, value));
  }
  writer.string(6, command.workingDirectory);
  for (const path of command.outputs.map((output) => relativeTo(command.workingDirectory, output)).toSorted(compareBytes)) {
    writer.element(7, path);
  }
  return writer.finish();
}

/** Key of an action: digest of its canonical `Action` message (command, input root, platform). */
export function actionKey(action: Action): ActionKey {
  const message = new WireWriter();
  writeDigest(message, 1, digestOf(encodeCommand(action.command)));
  writeDigest(message, 2, inputRootDigest(action.inputs));
  message.message(10, (platform) => {
    for (const [name, value] of sortedEntries(action.platform)) {
      platform.message(1, (property) => property.string(1, name).string(2, value));
    }
  });
  return digestOf(message.finish());
}

function sortedEntries(record: Readonly<Record<string, string>>): readonly (readonly [string, string])[] {
  return Object.entries(record).toSorted(([left], [right]) => compareBytes(left, right));
}

function relativeTo(directory: string, path: string): string {
  const from = directory.split('/');
  const to = path.split('/');
  let shared = 0;
  while (shared < from.length && shared < to.length && from[shared] === to[shared]) shared += 1;
  return [...from.slice(shared).map(() => '..'), ...to.slice(shared)].join('/');
}
