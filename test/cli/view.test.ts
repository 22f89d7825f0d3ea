import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { closingLine } from '../../src/cli/view/closing.ts';
import { drawLive } from '../../src/cli/view/draw.ts';
import { advance, criticalPath, estimateLeft, newRunProgress, type RunProgress } from '../../src/cli/view/run-progress.ts';
import { Window } from '../../src/cli/view/window.ts';
import { displayWidth } from '../../src/diagnostics/display-width.ts';
import { paintFor } from '../../src/diagnostics/paint.ts';
import type { NodeSummary, RunEvent } from '../../src/engine/events.ts';
import { digestOf } from '../../src/model/digest.ts';
import type { BuildReport } from '../../src/plan/build-report.ts';

const paint = paintFor(false);
const key = digestOf('');

/** `a` and `b` side by side, then `c`, then `d`; `b` is slow. */
const DIAMOND: readonly NodeSummary[] = [
  { id: 0, label: 'a v1.0.0', verb: 'compile', estimateMs: 2000, dependencies: [] },
  { id: 1, label: 'b-sys v0.9.1 (build script run)', verb: 'run', estimateMs: 10_000, dependencies: [] },
  { id: 2, label: 'c v0.1.0', verb: 'compile', estimateMs: 3000, dependencies: [0, 1] },
  { id: 3, label: 'd v0.1.0 (bin "d")', verb: 'compile', estimateMs: 5000, dependencies: [2] },
];

function after(...events: readonly RunEvent[]): RunProgress {
  const progress = newRunProgress();
  for (const event of events) advance(progress, event);
  return progress;
}

const graph: RunEvent = { type: 'graph', nodes: DIAMOND, at: 100 };
const started = (node: number, at: number): RunEvent => ({ type: 'started', node, key, at });
const built = (node: number, at: number, elapsedMs: number): RunEvent => ({
  type: 'ended',
  node,
  key,
  outcome: { kind: 'executed', elapsedMs },
  at,
});
const reused = (node: number, at: number): RunEvent => ({ type: 'ended', node, key, outcome: { kind: 'cached' }, at });

function drawn(progress: RunProgress, size: Partial<{ columns: number; rows: number; now: number }> = {}): string {
  return drawLive(progress, { columns: 90, rows: 24, now: 4100, paint, ...size }).join('\n');
}

describe('the live view', () => {
  test('says what goes on before there is a graph', () => {
    const progress = after({ type: 'stage', stage: 'plan', at: 1000 }, { type: 'progress', text: '  Downloaded serde v1.0.228', at: 2000 });
    expect(drawn(progress)).toBe('    Planning with cargo  3s  Downloaded serde v1.0.228');
  });

  test('shows what runs and for how long, how far it is, and the longest chain left', () => {
    expect(drawn(after(graph, started(0, 100), started(1, 100)))).toMatchInlineSnapshot(`
      "   Compiling a v1.0.0  4.0s
           Running b-sys v0.9.1 (build script run)  4.0s
          Building [                        ] 0/4, 4s, about 14s left
           Longest b-sys (build script run) → c → d (bin "d")"
    `);
    expect(drawn(after(graph, reused(0, 100), started(1, 100)))).toMatchInlineSnapshot(`
      "     Running b-sys v0.9.1 (build script run)  4.0s
          Building [=====>                  ] 1/4, 1 reused, 4s, about 14s left
           Longest b-sys (build script run) → c → d (bin "d")"
    `);
  });

  test('fits every window', () => {
    const many = Array.from({ length: 40 }, (_, id): NodeSummary => {
      return {
        id,
        label: `crate-with-a-long-name-and-日本語-${id} v0.0.${id}`,
        verb: 'compile',
        estimateMs: 5000,
        dependencies: id < 30 ? [] : [id - 1],
      };
    });
    const progress = after({ type: 'graph', nodes: many, at: 0 }, ...many.slice(0, 30).map(({ id }) => started(id, id)));
    for (const columns of [20, 40, 80, 200]) {
      for (const rows of [1, 2, 5, 10, 50]) {
        const lines = drawLive(progress, { columns, rows, now: 9000, paint });
        expect(lines.length).toBeLessThanOrEqual(Math.max(1, rows - 1));
        for (const line of lines) expect(displayWidth(line)).toBeLessThanOrEqual(columns);
      }
    }
    expect(drawn(progress, { columns: 80, rows: 9 })).toMatchInlineSnapshot(`
      "   Compiling crate-with-a-long-name-and-日本語-0 v0.0.0  4.1s
         Compiling crate-with-a-long-name-and-日本語-1 v0.0.1  4.1s
         Compiling crate-with-a-long-name-and-日本語-2 v0.0.2  4.1s
         Compiling crate-with-a-long-name-and-日本語-3 v0.0.3  4.1s
                   and 26 more
          Building [                        ] 0/40, 4s, about 51s left
           Longest crate-with-a-long-name-and-日本語-29 → crate-with-a-long-name-and…"
    `);
  });

  test('colours nothing but verbs and times', () => {
    const [line = ''] = drawLive(after(graph, started(0, 100)), { columns: 90, rows: 24, now: 4100, paint: paintFor(true) });
    expect(line).toBe('   \u001B[1;32mCompiling\u001B[0m a v1.0.0  \u001B[2m4.0s\u001B[0m');
  });
});

describe('estimates', () => {
  test('follow the longest chain of what is not finished', () => {
    const progress = after(graph, started(0, 0), started(1, 0));
    expect(criticalPath(progress, 0)).toMatchObject({ leftMs: 18_000 });
    expect(criticalPath(progress, 4000)).toMatchObject({ leftMs: 14_000 });
    expect(criticalPath(progress, 60_000)).toMatchObject({ leftMs: 8000 });
    expect(criticalPath(after(graph, reused(0, 1), reused(1, 1), reused(2, 1), reused(3, 1)), 0)).toBe(undefined);
  });

  test('count the work when it is more than the chain, and are corrected by what units really took', () => {
    const flat = DIAMOND.map((node) => ({ ...node, estimateMs: 4000, dependencies: [] }));
    const progress = after({ type: 'graph', nodes: flat, at: 0 }, started(0, 0));
    expect(estimateLeft(progress, 0)).toBe(16_000);
    advance(progress, built(0, 8000, 8000));
    expect(estimateLeft(progress, 8000)).toBe(24_000);
  });
});

function target(name: string): BuildReport['targets'][number] {
  return { name, kind: 'rust', output: 'bin', path: `/work/result-${name}`, entry: '/store/tree', programs: [], digest: key };
}

describe('the closing line', () => {
  const report: BuildReport = {
    ok: true,
    run: 'r',
    elapsedMs: 33_400,
    targets: [{ name: 'rg', kind: 'rust', output: 'bin', path: '/work/result', entry: '/store/tree', programs: [], digest: key }],
    actions: { total: 54, executed: 12, cached: 42, failed: 0 },
    diagnostics: [],
  };
  const close = (change: Partial<BuildReport>, interrupted = false): string | undefined => {
    return closingLine({ ...report, ...change }, { paint, directory: '/work', interrupted });
  };

  test('counts what was built and reused, and says where results are', () => {
    expect(close({})).toBe('    Finished 54 units in 33.4s (12 built, 42 reused) → result');
    expect(close({ elapsedMs: 42, actions: { total: 54, executed: 0, cached: 54, failed: 0 } })).toBe(
      '    Finished 54 units in 0.04s (all reused) → result',
    );
    expect(close({ targets: ['a', 'b'].map(target) })).toMatch(/ → result-a, result-b$/u);
    expect(close({ targets: ['a', 'b', 'c', 'd'].map(target) })).toMatch(/ → 4 results at result-\*$/u);
    expect(close({ targets: [{ ...target('a'), path: '/elsewhere/out' }] })).toMatch(/ → \/elsewhere\/out$/u);
  });

  test('counts what failed and what was not tried', () => {
    expect(close({ ok: false, targets: [], actions: { total: 54, executed: 3, cached: 42, failed: 1 } })).toBe(
      'error: 1 unit failed in 33.4s (3 built, 42 reused, 8 not tried)',
    );
    expect(close({ ok: false, targets: [], actions: { total: 0, executed: 0, cached: 0, failed: 0 } })).toBe(undefined);
    expect(close({ ok: false, targets: [], actions: { total: 54, executed: 3, cached: 0, failed: 0 } }, true)).toBe(
      '     Stopped after 33.4s (3 built, 0 reused, 51 not tried)',
    );
  });
});

/** A terminal's screen: enough of one to see what a window leaves on it. */
class FakeScreen {
  readonly lines: string[] = [''];
  writes = 0;
  cursorHidden = false;
  columns = 20;

  write(text: string): void {
    this.writes += 1;
    for (const [token] of text.matchAll(new RegExp(`${ESCAPE}\\[\\??[0-9;]*[a-zA-Z]|\\n|\\r|[^\\n\\r${ESCAPE}]+`, 'gu'))) this.#take(token);
  }

  #take(token: string): void {
    const up = /\[(\d+)A$/u.exec(token)?.[1];
    if (token === '\n') this.lines.push('');
    else if (up !== undefined) this.lines.splice(this.lines.length - 1 - Number(up), Number(up) + 1, '');
    else if (token.endsWith('[?25l')) this.cursorHidden = true;
    else if (token.endsWith('[?25h')) this.cursorHidden = false;
    else if (!token.startsWith(ESCAPE) && token !== '\r') {
      const wrapped = token.match(new RegExp(`.{1,${this.columns}}`, 'gu')) ?? [];
      this.lines.splice(-1, 1, ...wrapped.map((part, index) => (index === 0 ? (this.lines.at(-1) ?? '') + part : part)));
    }
  }
}

const ESCAPE = '\u001B';

function windowOn(screen: FakeScreen, draw: () => readonly string[]): Window {
  return new Window({ screen: { write: (text) => screen.write(text), size: () => ({ columns: screen.columns, rows: 10 }) }, draw });
}

describe('a window', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  test('redraws in place at most ten times a second, with text scrolling by above', () => {
    const screen = new FakeScreen();
    let frame = 0;
    const window = windowOn(screen, () => [`frame ${(frame += 1)}`, 'bar']);
    window.open();
    expect(screen.writes).toBe(0);
    vi.advanceTimersByTime(250);
    window.print('one\ntwo\n');
    window.print('three');
    vi.advanceTimersByTime(250);
    expect(screen.lines).toEqual(['one', 'two', 'three', 'frame 5', 'bar', '']);
    expect(screen.writes).toBe(5);
    expect(screen.cursorHidden).toBe(true);
    window.close();
    expect(screen.lines).toEqual(['one', 'two', 'three', '']);
    expect(screen.cursorHidden).toBe(false);
    window.print('after\n');
    expect(screen.lines).toEqual(['one', 'two', 'three', 'after', '']);
    const { writes } = screen;
    window.close();
    vi.advanceTimersByTime(1000);
    expect(screen.writes).toBe(writes);
  });

  test('never shows for a run that is over at once, and loses no text of it', () => {
    const screen = new FakeScreen();
    const window = windowOn(screen, () => ['never']);
    window.open();
    window.print('warning\n');
    window.close();
    expect(screen.lines).toEqual(['warning', '']);
  });

  test('erases what the terminal wrapped when it became narrower', () => {
    const screen = new FakeScreen();
    const window = windowOn(screen, () => ['x'.repeat(16)]);
    window.open();
    screen.write('before\n');
    vi.advanceTimersByTime(100);
    screen.columns = 8;
    screen.lines.splice(-2, 1, 'x'.repeat(8), 'x'.repeat(8));
    window.close();
    expect(screen.lines).toEqual(['before', '']);
  });
});
