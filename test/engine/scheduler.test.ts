import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { RunEvent } from '../../src/engine/events.ts';
import { type Need, type NodeWork, type Outcomes, schedule, type ScheduledNode, type TokenPool } from '../../src/engine/scheduler.ts';
import { digestOf } from '../../src/model/digest.ts';

const KEY = digestOf('key');

class CountingTokens implements TokenPool {
  free: number;
  constructor(tokens: number) {
    this.free = tokens;
  }
  tryAcquire(): boolean {
    if (this.free === 0) return false;
    this.free -= 1;
    return true;
  }
  release(): void {
    this.free += 1;
  }
}

function node(id: number, needs: readonly (number | Need)[], estimateMs = 1): ScheduledNode {
  return {
    id,
    label: `n${id}`,
    verb: 'compile',
    estimateMs,
    needs: needs.map((need) => (typeof need === 'number' ? { node: need, early: false } : need)),
  };
}

interface Run {
  readonly outcomes: Outcomes;
  readonly events: readonly RunEvent[];
  readonly order: readonly number[];
  readonly mostAtOnce: number;
}

interface Behaviour {
  readonly fails?: ReadonlySet<number>;
  readonly cached?: ReadonlySet<number>;
  readonly early?: ReadonlySet<number>;
  readonly tokens?: number;
  readonly keepGoing?: boolean;
  readonly abortAfter?: number;
  readonly onPrepare?: (id: number) => void;
  readonly onRun?: (id: number) => void;
  /** Nodes whose work is found under way elsewhere when they are first to start, each with what settles once it is done there. */
  readonly elsewhere?: ReadonlyMap<number, () => Promise<void>>;
}

async function run(nodes: readonly ScheduledNode[], behaviour: Behaviour = {}): Promise<Run> {
  const events: RunEvent[] = [];
  const order: number[] = [];
  const abort = new AbortController();
  let running = 0;
  let mostAtOnce = 0;
  const elsewhere = new Map(behaviour.elsewhere);
  const work: NodeWork = {
    prepare: async (id) => {
      behaviour.onPrepare?.(id);
      if (behaviour.cached?.has(id) === true) return { kind: 'cached', key: KEY };
      return {
        kind: 'run',
        key: KEY,
        reserve: () => {
          const settled = elsewhere.get(id);
          elsewhere.delete(id);
          return settled?.();
        },
        run: async (onEarly) => {
          order.push(id);
          behaviour.onRun?.(id);
          if (order.length === behaviour.abortAfter) abort.abort();
          running += 1;
          mostAtOnce = Math.max(mostAtOnce, running);
          await Promise.resolve();
          if (behaviour.early?.has(id) === true) onEarly();
          await new Promise((resolve) => {
            setImmediate(resolve);
          });
          running -= 1;
          return { succeeded: behaviour.fails?.has(id) !== true, elapsedMs: 1 };
        },
      };
    },
  };
  const outcomes = await schedule({
    nodes,
    work,
    tokens: new CountingTokens(behaviour.tokens ?? 2),
    lookahead: (behaviour.tokens ?? 2) + 1,
    keepGoing: behaviour.keepGoing ?? false,
    signal: abort.signal,
    sink: (event) => events.push(event),
    now: () => 0,
  });
  return { outcomes, events, order, mostAtOnce };
}

async function never(): Promise<void> {
  await new Promise(() => undefined);
}

/** Work that others are through with in a moment. */
function soon(nodes: readonly number[]): ReadonlyMap<number, () => Promise<void>> {
  return new Map(nodes.map((id) => [id, async () => await new Promise((resolve) => setImmediate(resolve))]));
}

describe('schedule', () => {
  test('an empty graph ends at once', async () => {
    expect((await run([])).outcomes).toEqual([]);
  });

  test('a node runs after everything it needs', async () => {
    const { order } = await run([node(0, [1, 2]), node(1, [2]), node(2, [])]);
    expect(order).toEqual([2, 1, 0]);
  });

  test('the longest remaining chain goes first', async () => {
    const { order } = await run([node(0, []), node(1, []), node(2, [1]), node(3, [2]), node(4, [], 50)], { tokens: 1 });
    expect(order[0]).toBe(4);
    expect(order[1]).toBe(1);
  });

  test('a dependent that needs only the early output runs while its dependency still does', async () => {
    const { events } = await run([node(0, []), node(1, [{ node: 0, early: true }])], { early: new Set([0]) });
    const story = events
      .filter((event) => event.type === 'started' || event.type === 'ended')
      .map((event) => `${event.type} ${event.node}`);
    expect(story.slice(0, 2)).toEqual(['started 0', 'started 1']);
  });

  test('a dependent that needs the whole result waits although there is an early output', async () => {
    const { events } = await run([node(0, []), node(1, [0])], { early: new Set([0]) });
    const story = events
      .filter((event) => event.type === 'started' || event.type === 'ended')
      .map((event) => `${event.type} ${event.node}`);
    expect(story.slice(0, 2)).toEqual(['started 0', 'ended 0']);
  });

  test('a failure skips what depends on it and, without keep-going, everything that has not started', async () => {
    const { outcomes } = await run([node(0, []), node(1, [0]), node(2, [], 0), node(3, [2])], { fails: new Set([0]), tokens: 1 });
    expect(outcomes.map((outcome) => outcome.kind)).toEqual(['failed', 'skipped', 'skipped', 'skipped']);
  });

  test('keep-going builds everything that does not depend on the failure', async () => {
    const { outcomes } = await run([node(0, []), node(1, [0]), node(2, []), node(3, [2])], { fails: new Set([0]), keepGoing: true });
    expect(outcomes.map((outcome) => outcome.kind)).toEqual(['failed', 'skipped', 'executed', 'executed']);
    expect(outcomes[1]).toEqual({ kind: 'skipped', because: 0 });
  });

  test('an abort lets what runs settle and starts nothing more', async () => {
    const { outcomes, order } = await run([node(0, []), node(1, [0]), node(2, [1])], { abortAfter: 1 });
    expect(order).toEqual([0]);
    expect(outcomes.map((outcome) => outcome.kind)).toEqual(['executed', 'skipped', 'skipped']);
  });

  test('cached nodes take no token', async () => {
    const { outcomes } = await run([node(0, []), node(1, [0])], { cached: new Set([0, 1]), tokens: 0 });
    expect(outcomes.map((outcome) => outcome.kind)).toEqual(['cached', 'cached']);
  });

  test('work that is under way elsewhere is waited for without a token, and looked at again', async () => {
    const others: number[] = [];
    const untilOthersRan = async (): Promise<void> => {
      while (others.length < 2) await new Promise((resolve) => setImmediate(resolve));
    };
    const nodes = [node(0, [], 50), node(1, []), node(2, []), node(3, [0])];
    const counting = { prepared: [0, 0, 0, 0] };
    const { outcomes, order } = await run(nodes, {
      tokens: 1,
      elsewhere: new Map([[0, untilOthersRan]]),
      onPrepare: (id) => {
        counting.prepared[id] = (counting.prepared[id] ?? 0) + 1;
      },
      onRun: (id) => others.push(id),
    });
    expect(order).toEqual([1, 2, 0, 3]);
    expect(counting.prepared).toEqual([2, 1, 1, 1]);
    expect(outcomes.map((outcome) => outcome.kind)).toEqual(['executed', 'executed', 'executed', 'executed']);
  });

  test('a stopped run does not wait for work elsewhere', async () => {
    const { outcomes } = await run([node(0, [], 50), node(1, []), node(2, [0])], { abortAfter: 1, elsewhere: new Map([[0, never]]) });
    expect(outcomes.map((outcome) => outcome.kind)).toEqual(['skipped', 'executed', 'skipped']);
  });

  test('a cycle is refused as a programming error', async () => {
    await expect(run([node(0, [1]), node(1, [0])])).rejects.toThrow('cycle');
  });

  test('on random graphs every outcome is what a naive model says, in a legal order, within the tokens', async () => {
    const graphs = fc.integer({ min: 1, max: 25 }).chain((size) =>
      fc.record({
        needs: fc.tuple(
          ...Array.from({ length: size }, (_, id) =>
            fc.uniqueArray(fc.integer({ min: 0, max: Math.max(0, id - 1) }), { maxLength: id === 0 ? 0 : 4 }),
          ),
        ),
        fails: fc.uniqueArray(fc.integer({ min: 0, max: size - 1 }), { maxLength: 3 }),
        cached: fc.uniqueArray(fc.integer({ min: 0, max: size - 1 })),
        early: fc.uniqueArray(fc.integer({ min: 0, max: size - 1 })),
        elsewhere: fc.uniqueArray(fc.integer({ min: 0, max: size - 1 })),
        tokens: fc.integer({ min: 1, max: 4 }),
      }),
    );
    await fc.assert(
      fc.asyncProperty(graphs, async ({ needs, fails, cached, early, elsewhere, tokens }) => {
        const nodes = needs.map((list, id) => node(id, list));
        const behaviour = {
          fails: new Set(fails),
          cached: new Set(cached),
          early: new Set(early),
          elsewhere: soon(elsewhere),
          tokens,
          keepGoing: true,
        };
        const { outcomes, order, mostAtOnce } = await run(nodes, behaviour);
        const expected: string[] = [];
        for (const [id, list] of needs.entries()) {
          if (list.some((need) => expected[need] === 'failed' || expected[need] === 'skipped')) expected.push('skipped');
          else if (behaviour.cached.has(id)) expected.push('cached');
          else expected.push(behaviour.fails.has(id) ? 'failed' : 'executed');
        }
        expect(outcomes.map((outcome) => outcome.kind)).toEqual(expected);
        expect(mostAtOnce).toBeLessThanOrEqual(tokens);
        for (const [position, id] of order.entries()) {
          for (const need of needs[id] ?? []) if (order.includes(need)) expect(order.indexOf(need)).toBeLessThan(position);
        }
      }),
      { numRuns: 200 },
    );
  });
});
