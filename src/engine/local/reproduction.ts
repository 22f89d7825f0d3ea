import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Name of the script in a kept sandbox. */
const SCRIPT = 'run';

/**
 * Writes a script that runs a kept action again, or with arguments another command in its place (`run sh`); gives its path.
 * The jobserver is not there any more, and the time limit is not kept.
 */
export function writeReproduction(options: {
  /** Absolute directory of the kept sandbox. */
  readonly directory: string;
  /** Absolute; where the script starts. */
  readonly workingDirectory: string;
  readonly environment: Readonly<Record<string, string>>;
  /** Words before the command: the sandbox. Empty without one. */
  readonly sandbox: readonly string[];
  readonly command: readonly string[];
}): string {
  const { directory, workingDirectory, environment, sandbox, command } = options;
  const variables = Object.entries(environment).map(([name, value]) => `  ${quoteWord(`${name}=${value}`)} \\\n`);
  const before = sandbox.map((word) => `${quoteWord(word)} `).join('');
  const text = `#!/bin/sh
# Runs the action again; with arguments, runs those in its place: try \`sh\`.
if [ $# -eq 0 ]; then
  set -- ${command.map(quoteWord).join(' ')}
fi
cd ${quoteWord(workingDirectory)} || exit
exec env -i \\
${variables.join('')}  ${before}"$@"
`;
  const path = join(directory, SCRIPT);
  writeFileSync(path, text, { mode: 0o755 });
  return path;
}

/** A word as a shell reads it back. */
export function quoteWord(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`;
}
