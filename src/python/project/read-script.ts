import { readFile } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { type Diagnostic, fail, ok, type Result, type Span } from '../../diagnostics/diagnostic.ts';
import { type NamedText, parseToml } from '../../repository/config.ts';
import { spanOfToml, type TomlPath } from '../../repository/toml-span.ts';
import { normalizeName } from '../distribution-name.ts';
import type { Project } from './project.ts';
import { requirementReader } from './read-project.ts';
import { shapeDiagnostics, TomlReader } from './toml-reader.ts';
import { readUvSettings } from './uv-settings.ts';

/** Where a script is: its absolute path, and the file as it is shown to the user. */
export interface ScriptPlace {
  readonly path: string;
  readonly file: string;
}

/**
 * Reads what a Python file says of itself in its `# /// script` block (PEP 723), as a project that has nothing but dependencies.
 *
 * F1031: the file cannot be read. F1032: it has no such block, or two. F0102, F0916, F0917: as in a `pyproject.toml`.
 */
export async function readScript({ path, file }: ScriptPlace): Promise<Result<Project>> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if (!(error instanceof Error && 'code' in error)) throw error;
    return fail(unreadable(file, error));
  }
  return await parseScript({ path, file, text });
}

/** Reads the text of a script. F0102, F0916, F0917, F1032. */
export async function parseScript(source: ScriptPlace & { readonly text: string }): Promise<Result<Project>> {
  const { path, file, text } = source;
  const blocks = scriptBlocks(text);
  const [block, second] = blocks;
  if (block === undefined || second !== undefined) return fail(notOneBlock({ file, text }, blocks));
  const masked = maskedText(text, block);
  const document = await parseToml({ file, text: masked });
  if (!document.ok) return fail(...document.diagnostics.map((diagnostic) => inScript(diagnostic, text)));
  const reader = new TomlReader(document.value);
  const spanOf = (at: TomlPath): Span => ({
    ...(spanOfToml({ file, text: masked, path: at, part: 'value' }) ?? { file, start: block.start, end: block.start }),
    text,
  });
  const problems: Diagnostic[] = [];
  const requirementAt = requirementReader({ reader, spanOf, problems });
  const name = basename(path);
  const project: Project = {
    directory: dirname(path),
    file,
    text,
    groups: [],
    spanOf: (at) => spanOf(at[0] === 'project' ? at.slice(1) : at),
    metadata: {
      name: normalizeName(name),
      writtenName: name,
      version: undefined,
      dynamic: [],
      requiresPython: reader.text(['requires-python']),
      dependencies: reader.list(['dependencies']).flatMap((_, index) => requirementAt(['dependencies', index]) ?? []),
      optionalDependencies: [],
      scripts: {},
      guiScripts: {},
      entryPoints: {},
    },
    buildSystem: undefined,
    uv: readUvSettings(reader),
    maturin: undefined,
    document: document.value,
  };
  const shapes = await shapeDiagnostics({ file, text: masked }, { code: 'F0916', problems: reader.problems });
  problems.push(...shapes.map((diagnostic) => inScript(diagnostic, text)));
  return problems.length === 0 ? ok(project) : fail(...problems);
}

interface ScriptBlock {
  /** Offsets of the first line within, and of the closing line. */
  readonly start: number;
  readonly end: number;
}

/** The comment that follows `# /// script`, up to the last `# ///` that still belongs to it (PEP 723: the longest match). */
function scriptBlocks(text: string): readonly ScriptBlock[] {
  const blocks: ScriptBlock[] = [];
  let open: { readonly start: number; readonly end: number | undefined } | undefined;
  let offset = 0;
  const close = (): void => {
    if (open?.end !== undefined) blocks.push({ start: open.start, end: open.end });
    open = undefined;
  };
  for (const whole of text.split('\n')) {
    const line = whole.replace(/\r$/, '');
    const next = offset + whole.length + 1;
    if (open !== undefined && line === '# ///') open = { ...open, end: offset };
    else if (open !== undefined && line !== '#' && !line.startsWith('# ')) close();
    else if (open === undefined && line === '# /// script') open = { start: next, end: undefined };
    offset = next;
  }
  close();
  return blocks;
}

/** The block as TOML, everything else blank: each character stands where it stands in the script. */
function maskedText(text: string, { start, end }: ScriptBlock): string {
  const inner = text.slice(start, end).replace(/^#/gm, ' ');
  return `${blank(text.slice(0, start))}${inner}${blank(text.slice(end))}`;
}

function blank(text: string): string {
  return text.replace(/[^\n]/g, ' ');
}

function inScript(diagnostic: Diagnostic, text: string): Diagnostic {
  return diagnostic.span === undefined ? diagnostic : { ...diagnostic, span: { ...diagnostic.span, text } };
}

function unreadable(file: string, error: Error): Diagnostic {
  const isMissing = 'code' in error && error.code === 'ENOENT';
  return {
    code: 'F1031',
    severity: 'error',
    blame: 'input',
    message: isMissing ? `there is no script \`${file}\`` : `cannot read the script \`${file}\``,
    facts: isMissing ? [] : [['reason', error.message]],
    hints: ['a script is named by its path from where Ferrule is started, or from `-C`'],
  };
}

function notOneBlock(source: NamedText, blocks: readonly ScriptBlock[]): Diagnostic {
  const [first, second] = blocks;
  return {
    code: 'F1032',
    severity: 'error',
    blame: 'input',
    message:
      first === undefined
        ? `\`${source.file}\` does not say what it requires: it has no \`# /// script\` block`
        : `\`${source.file}\` has more than one \`# /// script\` block`,
    ...(second === undefined ? {} : { span: { ...source, start: second.start, end: second.end } }),
    hints:
      first === undefined
        ? [`run \`uv add --script ${source.file} NAME\` for each requirement, then \`uv lock --script ${source.file}\``]
        : ['put everything into one block (PEP 723)'],
  };
}
