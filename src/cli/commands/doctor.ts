import { type Paint, paintFor, type Tone } from '../../diagnostics/paint.ts';
import { printDiagnostics } from '../../diagnostics/print.ts';
import { sortDiagnostics } from '../../diagnostics/sort.ts';
import { examineRepository, type RepositoryExamination } from '../../doctor/examine.ts';
import { examineMachine, type Finding, type Machine, nativeMachine } from '../examine-machine.ts';
import { type ExitStatus, failureStatus } from '../exit-status.ts';
import { jsonDiagnostics, jsonDocument } from '../json-report.ts';
import type { CommonSettings } from '../settings.ts';
import type { Terminal } from '../terminal.ts';

export interface DoctorCommand extends Omit<Machine, 'directory' | 'storeDirectory'> {
  readonly settings: CommonSettings;
  readonly terminal: Terminal;
}

/**
 * `ferrule doctor`: what of this machine and of the repository here would hurt a build. 0 when builds can run, whatever is warned
 * about; 3 when something of the machine is missing, 2 when the repository cannot be built as it is.
 */
export async function doctorCommand({ settings, terminal, ...surroundings }: DoctorCommand): Promise<ExitStatus> {
  const machine: Machine = { ...surroundings, directory: settings.directory, storeDirectory: settings.storeDirectory };
  const [found, native] = await Promise.all([examineMachine(machine), nativeMachine(machine)]);
  const repository = await examineRepository({ directory: settings.directory, machine: native });
  const findings = [...found, ...neededLibraries(repository)];
  const diagnostics = sortDiagnostics(repository?.diagnostics ?? []);
  const errors = diagnostics.filter(({ severity }) => severity === 'error');
  const isMachineFit = findings.every(({ state }) => state !== 'error');
  const ok = isMachineFit && errors.length === 0;
  if (settings.json) {
    terminal.out(
      jsonDocument({
        ok,
        findings,
        ...(repository === undefined ? {} : { root: repository.root }),
        diagnostics: jsonDiagnostics(diagnostics),
      }),
    );
  } else {
    const paint = paintFor(terminal.colour.out);
    terminal.out(findingLines(findings, paint));
    if (repository === undefined) {
      terminal.out(`\n${paint('hint', 'hint')}: there is no repository here: this machine was looked at, and nothing else\n`);
    } else {
      if (diagnostics.length > 0) terminal.out(`\n${printDiagnostics(diagnostics, { colour: terminal.colour.out })}`);
      terminal.out(`\n${closingLine(repository.root, { errors: errors.length, warnings: diagnostics.length - errors.length, paint })}\n`);
    }
  }
  if (ok) return 0;
  return isMachineFit ? failureStatus(errors) : 3;
}

/** What crates need of the system and is there: said so that another machine can be given the same. */
function neededLibraries(repository: RepositoryExamination | undefined): readonly Finding[] {
  if (repository === undefined || repository.needed.length === 0) return [];
  const missing = repository.diagnostics.some(({ code }) => code === 'F1111');
  const text = `may need ${repository.needed.map(([crate, what]) => `${what} (${crate})`).join(', ')}`;
  return [{ subject: 'crates', state: missing ? 'warning' : 'ok', text, hint: missing ? 'see F1111 below' : undefined }];
}

function closingLine(root: string, count: { readonly errors: number; readonly warnings: number; readonly paint: Paint }): string {
  const { errors, warnings, paint } = count;
  if (errors + warnings === 0) return `${paint('good', 'nothing')} in ${root} that would hurt`;
  const counts = [errors === 0 ? '' : counted(errors, 'error'), warnings === 0 ? '' : counted(warnings, 'warning')].filter(
    (text) => text !== '',
  );
  return `${paint(errors > 0 ? 'error' : 'warning', counts.join(', '))} in ${root}; \`ferrule explain CODE\` says more`;
}

function counted(number: number, word: string): string {
  return `${number} ${word}${number === 1 ? '' : 's'}`;
}

const TONES = { ok: 'good', warning: 'warning', error: 'error' } as const satisfies Record<Finding['state'], Tone>;

function findingLines(findings: readonly Finding[], paint: Paint): string {
  const width = Math.max(...findings.map(({ subject }) => subject.length));
  const lines = findings.flatMap(({ subject, state, text, hint }) => [
    `${paint(TONES[state], state.padEnd(7))}  ${subject.padEnd(width)}  ${text}`,
    ...(hint?.split('\n') ?? []).map(
      (line, index) => `${' '.repeat(width + 11)}${index === 0 ? `${paint('hint', 'hint')}: ` : '      '}${line}`,
    ),
  ]);
  return `${lines.join('\n')}\n`;
}
