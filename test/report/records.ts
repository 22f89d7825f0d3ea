import type { RecordedNode, RunRecord } from '../../src/record/run-record.ts';

/** A node that ran, or with no times one that was reused. */
export function node(
  label: string,
  times: readonly [start: number, end: number] | undefined,
  more: Partial<RecordedNode> = {},
): RecordedNode {
  const ran =
    times === undefined
      ? { outcome: 'cached' as const }
      : { outcome: 'executed' as const, startedAt: times[0], endedAt: times[1], slot: 0 };
  return { label, verb: 'compile', key: label.padEnd(64, '0'), dependencies: [], ...ran, ...more };
}

export function record(nodes: readonly RecordedNode[], more: Partial<RunRecord> = {}): RunRecord {
  return {
    format: 1,
    run: '0123456789ab',
    repository: '/repository',
    startedAt: Date.UTC(2026, 0, 2, 3, 4, 5),
    elapsedMs: Math.max(1, ...nodes.map(({ endedAt = 0 }) => endedAt)),
    ok: nodes.every(({ outcome }) => outcome !== 'failed'),
    request: { targets: ['app'], directory: '', purpose: 'build', features: [], allFeatures: false, noDefaultFeatures: false },
    toolchains: { '0123456789abcdef': 'rustc 1.95.0' },
    stages: [
      { stage: 'discover', at: 0 },
      { stage: 'plan', at: 5 },
      { stage: 'run', at: 20 },
    ],
    targets: [{ name: 'app', nodes: [nodes.length - 1] }],
    nodes,
    ...more,
  };
}

const WORKERS = 8;

/** A run of many units on eight workers: the same every time. Some are reused, some have build scripts, one has failed, and what stands on it was not tried. */
export function largeRecord(units: number): RunRecord {
  const free = Array.from({ length: WORKERS }, () => 20);
  const ends: number[] = [];
  const nodes: RecordedNode[] = [];
  for (let id = 0; id < units; id += 1) {
    const dependencies = id === units - 1 ? [0, 1, 2, ...lastOf(id)] : lastOf(id);
    const verb = id % 11 === 5 ? 'run' : 'compile';
    const label = `part${String(id).padStart(4, '0')} v0.1.0${verb === 'run' ? ' (build script run)' : ''}`;
    const key = id.toString(16).padStart(64, 'a');
    const isReused = id % 5 === 0 && id < units / 2;
    const isFailed = id === units - 2;
    const isSkipped = id === units - 1;
    if (isReused || isSkipped) {
      ends.push(0);
      nodes.push({ label, verb, key, dependencies, outcome: isReused ? 'cached' : 'skipped' });
      continue;
    }
    const slot = free.indexOf(Math.min(...free));
    const startedAt = Math.max(free[slot] ?? 0, ...dependencies.map((below) => ends[below] ?? 0));
    const endedAt = startedAt + 40 + ((id * 7919) % 450);
    free[slot] = endedAt;
    ends.push(endedAt);
    const early = verb === 'compile' && id % 3 === 0 ? { earlyAt: startedAt + 30 } : {};
    nodes.push({ label, verb, key, dependencies, outcome: isFailed ? 'failed' : 'executed', startedAt, endedAt, slot, ...early });
  }
  return record(nodes);
}

/** A few of those before. */
function lastOf(id: number): readonly number[] {
  return id < 10 ? [] : [...new Set([id - 1 - (id % 9), Math.floor(id / 2), Math.floor(id / 3)])];
}
