/** What rustc said on standard error under `--error-format=json`, as cargo shows it (`src/cargo/core/compiler/mod.rs`, `on_stderr_line_inner`). */
export interface RustcMessages {
  /** Rendered diagnostics with colours, in rustc's order, rustc's own summaries left out. */
  readonly rendered: string;
  readonly warnings: number;
  readonly errors: number;
}

/** Reads the JSON lines; lines that are not rustc's (a linker speaking, a panic) are kept as they are. */
export function parseRustcMessages(stderr: string): RustcMessages {
  const rendered: string[] = [];
  let warnings = 0;
  let errors = 0;
  for (const line of stderr.split('\n')) {
    if (line === '') continue;
    const message = line.startsWith('{') ? parseLine(line) : undefined;
    if (message === undefined) {
      rendered.push(`${line}\n`);
      continue;
    }
    if (message.kind !== 'diagnostic' || isSummary(message.text)) continue;
    rendered.push(message.rendered);
    if (message.level === 'warning') warnings += 1;
    else if (message.level.startsWith('error')) errors += 1;
  }
  return { rendered: rendered.join(''), warnings, errors };
}

interface RustcMessage {
  readonly kind: string;
  readonly level: string;
  readonly text: string;
  readonly rendered: string;
}

function parseLine(line: string): RustcMessage | undefined {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
  if (typeof value !== 'object' || value === null || !('$message_type' in value)) return undefined;
  return {
    kind: textOf(value.$message_type),
    level: 'level' in value ? textOf(value.level) : '',
    text: 'message' in value ? textOf(value.message) : '',
    rendered: 'rendered' in value ? textOf(value.rendered) : '',
  };
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

/** `2 warnings emitted`, `aborting due to …`: cargo leaves these out and prints its own summary. */
function isSummary(message: string): boolean {
  return message.startsWith('aborting due to') || message.endsWith('warning emitted') || message.endsWith('warnings emitted');
}

const ESCAPE = String.fromCharCode(27);

/** The word `warning` as rustc paints it. */
export const YELLOW_WARNING = `${ESCAPE}[1m${ESCAPE}[33mwarning${ESCAPE}[0m`;

const COLOURS = new RegExp(`${ESCAPE}\\[[0-9;]*m`, 'g');

/** The text without colour codes. */
export function withoutColours(text: string): string {
  return text.replaceAll(COLOURS, '');
}
