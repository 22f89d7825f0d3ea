import { join } from 'node:path';
import { fail, ok, type Result } from '../diagnostics/diagnostic.ts';
import type { BuildRequest } from '../plan/build-request.ts';
import { type Forecast, forecastRun } from '../plan/forecast.ts';
import { planRun } from '../plan/plan-run.ts';
import { RunContext } from '../plan/run-context.ts';
import { IngredientNotes } from '../record/ingredient-notes.ts';
import { RunHistory } from '../record/run-history.ts';
import type { RecordedRequest, RunRecord } from '../record/run-record.ts';
import { readDirectories } from '../repository/directory-listings.ts';
import { discoverRepository } from '../repository/discover.ts';
import { type Cause, type Explanation, explainTarget } from './causes.ts';
import { lastBuildOf, lastRunOf, namedRun, neverBuilt } from './earlier-runs.ts';
import { nodesOf, parseSubject, type Subject } from './find-target.ts';
import { labelFamily } from './match-nodes.ts';
import { checkOutRevision } from './revision.ts';
import { type UnreadChange, unreadChanges } from './unread-changes.ts';
import { coneOf, forecastState, recordedState, type RunState } from './run-state.ts';

export interface WhyRequest {
  readonly target: string;
  /** What to compare with; `undefined`: the last run that the target was part of. */
  readonly against:
    | { readonly kind: 'run'; readonly written: string; /** Absolute: the file it would be. */ readonly path: string }
    | { readonly kind: 'revision'; readonly revision: string }
    | undefined;
  /** {@link forecastRun} for what Nix has run. */
  readonly forecastNix: typeof forecastRun;
  /** How a build would be asked for; its targets count for nothing. What it leaves open is asked as in the run compared with. */
  readonly build: BuildRequest;
}

/** A side of a comparison. */
export type Side =
  | {
      readonly kind: 'run';
      /** Empty: there is no such run. */
      readonly run: string;
      readonly purpose: string;
      /** Milliseconds since the epoch. */
      readonly startedAt: number;
      readonly ok: boolean;
    }
  | { readonly kind: 'revision'; readonly revision: string; readonly commit: string }
  | { readonly kind: 'checkout' };

/** Two states of a target, and what lies between them. */
export interface Comparison {
  readonly before: Side;
  readonly after: Side;
  readonly explanation: Explanation;
  /** Labels of units of `before` that were never built here: what stands on them is compared as if they had come out as in the last run. */
  readonly assumed: readonly string[];
}

export interface Why {
  readonly subject: Subject;
  /** The checkout as it is, against what was asked for. */
  readonly now: Comparison;
  /** What the last run did, against the one before; only when nothing has changed since and nothing else was asked for. */
  readonly last: Comparison | undefined;
  /** Files written to since the run compared with that change nothing. */
  readonly unread: readonly UnreadChange[];
}

/** Finds out what changed. Diagnostics F0751 to F0753, F1080 to F1083, and those of planning. Throws only `StoreFailure` and internal errors. */
export async function explainWhy(request: WhyRequest): Promise<Result<Why>> {
  const subject = parseSubject(request.target);
  if (!subject.ok) return subject;
  const repository = await discoverRepository({ directory: request.build.directory, directories: readDirectories });
  if (!repository.ok) return repository;
  return await new Investigation({ request, subject: subject.value, root: repository.value.root }).run();
}

class Investigation {
  readonly #request: WhyRequest;
  readonly #subject: Subject;
  readonly #root: string;
  readonly #context: RunContext;
  readonly #history: RunHistory;
  readonly #notes: IngredientNotes;

  constructor(options: { readonly request: WhyRequest; readonly subject: Subject; readonly root: string }) {
    const { request, subject, root } = options;
    this.#request = request;
    this.#subject = subject;
    this.#root = root;
    this.#context = this.#open(request.build);
    this.#history = new RunHistory(this.#context.store, root);
    this.#notes = new IngredientNotes(this.#context.store);
  }

  async run(): Promise<Result<Why>> {
    try {
      const { against } = this.#request;
      const last = lastBuildOf(this.#history, this.#subject);
      if (against?.kind === 'revision') return await this.#againstRevision(against.revision, last);
      const named = against === undefined ? undefined : namedRun(this.#history, against);
      if (named?.ok === false) return named;
      const record = named?.value ?? last;
      if (record === undefined) return fail(neverBuilt(this.#subject));
      const before = recordedState(record, this.#notes);
      const after = await this.#forecast({ record, known: before, place: this.#place });
      if (!after.ok) return after;
      const now = this.#compare({
        before,
        after: after.value,
        sides: [sideOf(record), { kind: 'checkout' }],
        requests: [record.request, undefined],
      });
      if (!now.ok) return now;
      const unchanged = now.value.explanation.affected.length === 0;
      return ok(
        this.#answer({
          now: now.value,
          state: after.value,
          record,
          last: against === undefined && unchanged ? this.#lastRun(record) : undefined,
        }),
      );
    } finally {
      this.#context.close();
    }
  }

  #open(build: BuildRequest): RunContext {
    const start = build.now();
    return new RunContext(build, () => build.now() - start);
  }

  /** What the last run did that was not done before it. */
  #lastRun(record: RunRecord): Comparison | undefined {
    const earlier = lastRunOf(this.#history, this.#subject, record);
    const before = earlier === undefined ? NOTHING : recordedState(earlier, this.#notes);
    const compared = this.#compare({
      before,
      after: recordedState(record, this.#notes),
      sides: [earlier === undefined ? NOWHERE : sideOf(earlier), sideOf(record)],
      requests: [earlier?.request, record.request],
    });
    return compared.ok ? compared.value : undefined;
  }

  async #againstRevision(revision: string, last: RunRecord | undefined): Promise<Result<Why>> {
    const { directory, environment } = this.#request.build;
    const checkedOut = await checkOutRevision({ revision, root: this.#root, directory, environment, run: this.#context.process });
    if (!checkedOut.ok) return checkedOut;
    const { commit, dispose, ...place } = checkedOut.value;
    try {
      const known = last === undefined ? undefined : recordedState(last, this.#notes);
      const after = await this.#forecast({ record: last, known, place: this.#place });
      if (!after.ok) return after;
      const before = await this.#forecast({ record: last, known, place });
      if (!before.ok) return before;
      const sides = [{ kind: 'revision', revision, commit }, { kind: 'checkout' }] as const;
      const now = this.#compare({ before: before.value, after: after.value, sides, requests: [undefined, undefined] });
      return now.ok ? ok(this.#answer({ now: now.value, state: after.value, record: last, last: undefined })) : now;
    } finally {
      await dispose();
    }
  }

  /** The user's checkout. */
  get #place(): Place {
    return { root: this.#root, directory: this.#request.build.directory };
  }

  /** What a run would do in a checkout that is asked for as `record` was, where the user does not ask otherwise. */
  async #forecast(options: {
    readonly record: RunRecord | undefined;
    readonly known: RunState | undefined;
    readonly place: Place;
  }): Promise<Result<RunState>> {
    const { record, known, place } = options;
    const { build, forecastNix } = this.#request;
    const forecast = record?.engine === 'nix' ? forecastNix : forecastRun;
    const asked = record === undefined ? { targets: [this.#subject.text] } : sameRequest(build, record.request, place.root);
    const own = this.#open({ ...build, directory: place.directory, ...asked });
    try {
      const planned = await planRun(own);
      const foreseen: Forecast | undefined =
        planned === undefined ? undefined : await forecast({ context: own, planned, earlierKey: earlierKeys(known) });
      return foreseen === undefined ? fail(...own.diagnostics) : ok(forecastState(foreseen, this.#notes));
    } finally {
      own.close();
    }
  }

  #compare(options: {
    readonly before: RunState;
    readonly after: RunState;
    readonly sides: readonly [before: Side, after: Side];
    /** `undefined`: asked for as the other. */
    readonly requests: readonly [before: RecordedRequest | undefined, after: RecordedRequest | undefined];
  }): Result<Comparison> {
    const { before, after, sides } = options;
    const tops = nodesOf(after, this.#subject);
    if (tops.length === 0) return fail(neverBuilt(this.#subject));
    const explanation = explainTarget({ before, after, tops });
    const cone = coneOf(before.nodes, nodesOf(before, this.#subject));
    const assumed = sides[0].kind === 'revision' ? [...cone].flatMap((id) => unbuilt(before, id)) : [];
    const asked = explanation.affected.length === 0 ? [] : this.#askedOtherwise(options.requests, after, tops);
    return ok({ before: sides[0], after: sides[1], explanation: { ...explanation, causes: [...asked, ...explanation.causes] }, assumed });
  }

  /** Options of the command line that are not what they were: they come before what follows from them. */
  #askedOtherwise(
    [was, is]: readonly [before: RecordedRequest | undefined, after: RecordedRequest | undefined],
    after: RunState,
    tops: readonly number[],
  ): readonly Cause[] {
    if (was === undefined) return [];
    const now = is ?? sameRequest(this.#request.build, was, this.#root);
    const chain = tops.slice(0, 1).map((top) => after.nodes[top]?.label ?? '');
    return (['profile', 'target'] as const).flatMap((kind): readonly Cause[] => {
      const [before, then] = [was[kind], now[kind]];
      if (before === then) return [];
      const difference = {
        kind,
        name: kind,
        change: 'changed',
        ...(before === undefined ? {} : { before }),
        ...(then === undefined ? {} : { after: then }),
      } as const;
      return [{ difference, chain, reachesTarget: true, touches: chain }];
    });
  }

  #answer(options: {
    readonly now: Comparison;
    readonly state: RunState;
    readonly record: RunRecord | undefined;
    readonly last: Comparison | undefined;
  }): Why {
    const { now, state, record, last } = options;
    const nodes = [...coneOf(state.nodes, nodesOf(state, this.#subject))].flatMap((id) => state.nodes[id] ?? []);
    const unread =
      record === undefined || now.explanation.affected.length > 0
        ? []
        : unreadChanges({ root: this.#root, since: record.startedAt, nodes });
    return { subject: this.#subject, now, last, unread };
  }
}

/** A checkout: its root, and where in it the user is; absolute. */
interface Place {
  readonly root: string;
  readonly directory: string;
}

const NOTHING: RunState = { nodes: [], targets: [], toolchains: {} };

const NOWHERE: Side = { kind: 'run', run: '', purpose: 'build', startedAt: 0, ok: true };

function sideOf({ run, startedAt, ok: succeeded, request: { purpose } }: RunRecord): Side {
  return { kind: 'run', run, purpose, startedAt, ok: succeeded };
}

const PURPOSES: readonly BuildRequest['purpose'][] = ['build', 'run', 'check', 'develop'];

/** As in an earlier run, but for what the user asks for now. */
function sameRequest(
  build: BuildRequest,
  was: RecordedRequest,
  root: string,
): Pick<
  BuildRequest,
  'directory' | 'targets' | 'profile' | 'target' | 'features' | 'allFeatures' | 'noDefaultFeatures' | 'purpose' | 'checks'
> {
  const asksForFeatures = build.features.length > 0 || build.allFeatures || build.noDefaultFeatures;
  const { features, allFeatures, noDefaultFeatures } = asksForFeatures ? build : was;
  return {
    directory: join(root, was.directory),
    targets: was.targets,
    purpose: PURPOSES.find((purpose) => purpose === was.purpose) ?? 'build',
    ...(was.checks === undefined ? {} : { checks: { only: was.checks } }),
    profile: build.profile ?? was.profile,
    target: build.target ?? was.target,
    features,
    allFeatures,
    noDefaultFeatures,
  };
}

/** Keys of a known state's nodes, by label or, at another version, by what is the same at every version. */
function earlierKeys(known: RunState | undefined): (node: { readonly label: string; readonly verb: string }) => string | undefined {
  const keys = new Map<string, string>();
  for (const { label, verb, key } of known?.nodes ?? []) {
    if (key === undefined) continue;
    keys.set(`${verb} ${label}`, key);
    keys.set(`${verb} ${labelFamily(label)}`, key);
  }
  return ({ label, verb }) => keys.get(`${verb} ${label}`) ?? keys.get(`${verb} ${labelFamily(label)}`);
}

function unbuilt(state: RunState, id: number): readonly string[] {
  const node = state.nodes[id];
  return node === undefined || node.state === 'known' ? [] : [node.label];
}
