import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import { paintFor } from '../../diagnostics/paint.ts';
import { printDiagnostic } from '../../diagnostics/print.ts';
import { sortDiagnostics } from '../../diagnostics/sort.ts';
import { passThrough, printable } from '../../diagnostics/untrusted-text.ts';
import type { EventSink, RunEvent } from '../../engine/events.ts';
import type { BuildReport } from '../../plan/build-report.ts';
import type { Terminal } from '../terminal.ts';
import { closingLine } from './closing.ts';
import { drawLive } from './draw.ts';
import { advance, newRunProgress, nodeOf, type RunProgress } from './run-progress.ts';
import { stageWords, statusLine, verbOf } from './words.ts';
import { Window } from './window.ts';

export interface RunViewOptions {
  readonly terminal: Terminal;
  /** `none`: only diagnostics and compiler messages. `silent`: nothing at all. */
  readonly progress: 'live' | 'lines' | 'none' | 'silent';
  /** Reused units are listed too. */
  readonly verbose: boolean;
  /** Absolute; where the user is. */
  readonly directory: string;
  /** Milliseconds since the start of the run. */
  readonly now: () => number;
}

/** What the user sees of a run, on stderr. */
export interface RunView {
  readonly sink: EventSink;
  /** Ends the view: diagnostics not shown yet, then the closing line. */
  readonly finish: (report: BuildReport, interrupted: boolean) => void;
  /** Restores the terminal without a word. Idempotent. */
  readonly close: () => void;
}

export function openRunView(options: RunViewOptions): RunView {
  const { terminal } = options;
  if (options.progress === 'silent') return { sink: () => undefined, finish: () => undefined, close: () => undefined };
  const paint = paintFor(terminal.colour.err);
  const progress = newRunProgress();
  const window =
    options.progress === 'live'
      ? new Window({
          screen: { write: terminal.err, size: terminal.size },
          draw: (size) => drawLive(progress, { ...size, now: options.now(), paint }),
        })
      : undefined;
  const print = window === undefined ? terminal.err : (text: string) => window.print(text);
  const shown = new Set<string>();
  const show = (diagnostic: Diagnostic): void => {
    const text = printDiagnostic(diagnostic, { colour: terminal.colour.err });
    if (!shown.has(text)) print(text);
    shown.add(text);
  };
  window?.open();
  return {
    sink: (event) => {
      advance(progress, event);
      const text = eventText(event, { ...options, run: progress });
      if (text !== undefined) print(text);
      if (event.type === 'diagnostic') show(event.diagnostic);
    },
    finish: (report, interrupted) => {
      window?.close();
      for (const diagnostic of sortDiagnostics(report.diagnostics)) show(diagnostic);
      const closing = options.progress === 'none' ? undefined : closingLine(report, { paint, directory: options.directory, interrupted });
      if (closing !== undefined) print(`${closing}\n`);
    },
    close: () => window?.close(),
  };
}

/** cargo's status lines begin with a word in a column of its own; what else it says while it fails comes again with the diagnostic. */
const STATUS = /^ +[A-Z][a-z]+ /;

/** The lines an event leaves in the scrollback, or `undefined`. The live view shows by itself what runs. */
function eventText(event: RunEvent, options: RunViewOptions & { readonly run: RunProgress }): string | undefined {
  const colour = options.terminal.colour.err;
  const paint = paintFor(colour);
  const lines = options.progress === 'lines';
  switch (event.type) {
    case 'stage':
      return lines && event.stage === 'fetch' ? `${statusLine(...stageWords('fetch'), { paint, tone: 'good' })}\n` : undefined;
    case 'progress':
      return lines && STATUS.test(passThrough(event.text, false)) ? `${passThrough(event.text, colour).trimEnd()}\n` : undefined;
    case 'started': {
      const { summary } = nodeOf(options.run, event.node);
      return lines ? `${statusLine(verbOf(summary), printable(summary.label), { paint, tone: 'good' })}\n` : undefined;
    }
    case 'ended': {
      if (!options.verbose || options.progress === 'none' || event.outcome.kind !== 'cached') return undefined;
      return `${statusLine('Reused', printable(nodeOf(options.run, event.node).summary.label), { paint, tone: 'good' })}\n`;
    }
    case 'waiting': {
      if (options.progress === 'none' || options.run.waits > 1) return undefined;
      const { summary } = nodeOf(options.run, event.node);
      return `${statusLine('Waiting', `for another run on this store, which is busy with ${printable(summary.label)}`, { paint, tone: 'good' })}\n`;
    }
    case 'messages':
      return `${passThrough(event.rendered, colour).trimEnd()}\n`;
    case 'graph':
    case 'early':
    case 'diagnostic':
      break;
  }
  return undefined;
}
