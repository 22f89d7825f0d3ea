import type { ActionKey, ActionResult } from '../model/action.ts';
import { type Sha256, sha256Of } from '../model/digest.ts';
import type { Store } from '../store/store.ts';
import type { HostEnvironment } from './host-environment.ts';
import type { UnitWords } from './rust-acceptance.ts';
import type { WorkspacePlan } from './workspace-plan.ts';

/** How a node ended: which action it was, and what became of it. */
export interface SettledNode {
  readonly key: ActionKey;
  /** Key under which the result was found when it is another: see {@link ScriptNarrowing}. */
  readonly foundAt: ActionKey | undefined;
  readonly result: ActionResult;
  /** `Store.resultMark` of the result; `undefined`: not known. */
  readonly mark: string | undefined;
  /** Places inside the root that it has compiled in. */
  readonly compiledIn: readonly string[];
  /** What it had to say. */
  readonly words: UnitWords;
}

/** A node that ended, and what its own inputs were. */
export interface RememberedNode extends SettledNode {
  /** `RustSources.fingerprintOf` the node. */
  readonly fingerprint: Sha256;
}

/** Raised whenever the note changes its shape. */
const FORMAT = 2;

/** Answers of another Ferrule do not count: it may plan or complete actions in another way. The bundle has a hash in its name. */
const PROGRAM = import.meta.url;

const NAMESPACE = 'nodes';

/**
 * What became of the nodes of a plan in the last run, so that a node nothing has happened to is accepted without working out its action:
 * its key follows from the plan, from its own inputs (the fingerprint), from the user's variables and from the results of what it depends on.
 * The first and the third are compared for all nodes at once, here; the others for each node, by whoever asks.
 *
 * All entries are of one run: a node that did not end in it has none, so that an entry always stands beside those of the node's dependencies
 * that it was made with. What is remembered is where to look: the result itself is looked up as ever.
 */
export class RememberedNodes {
  readonly #known: ReadonlyMap<number, RememberedNode>;
  readonly #settled = new Map<number, RememberedNode>();
  readonly #store: Store;
  readonly #host: HostEnvironment;
  readonly #question: string;
  readonly #circumstances: string;

  private constructor(options: {
    readonly store: Store;
    readonly host: HostEnvironment;
    readonly question: string;
    readonly circumstances: string;
  }) {
    this.#store = options.store;
    this.#host = options.host;
    this.#question = options.question;
    this.#circumstances = options.circumstances;
    this.#known = this.#load();
  }

  /** `undefined`: nothing can be remembered of this plan. `settings`: what else decides over every action of the run. */
  static of(options: {
    readonly plan: Pick<WorkspacePlan, 'answer'>;
    readonly store: Store;
    readonly host: HostEnvironment;
    readonly settings: unknown;
  }): RememberedNodes | undefined {
    const { plan, store, host, settings } = options;
    if (plan.answer === undefined) return undefined;
    const { question, identity } = plan.answer;
    return new RememberedNodes({ store, host, question, circumstances: JSON.stringify([PROGRAM, identity, settings]) });
  }

  /** `undefined`: it has to be worked out. */
  get(unit: number): RememberedNode | undefined {
    return this.#known.get(unit);
  }

  set(unit: number, node: RememberedNode): void {
    this.#settled.set(unit, node);
  }

  /** Call it once, when the run is over. */
  save(): void {
    const variables = [...this.#host.asked].toSorted();
    const isSame = this.#settled.size === this.#known.size && [...this.#settled].every(([unit, node]) => this.#known.get(unit) === node);
    if (isSame) return;
    const note: Note = { format: FORMAT, circumstances: this.#hash(variables), variables, nodes: [...this.#settled] };
    this.#store.putNote(NAMESPACE, this.#question, JSON.stringify(note));
  }

  #load(): ReadonlyMap<number, RememberedNode> {
    const text = this.#store.getNote(NAMESPACE, this.#question);
    const note: unknown = text === undefined ? undefined : JSON.parse(text);
    if (!isNote(note) || note.circumstances !== this.#hash(note.variables)) return new Map();
    return new Map(note.nodes);
  }

  /** Of everything that holds for all nodes. Values may be secrets. */
  #hash(variables: readonly string[]): Sha256 {
    const values = this.#host.select(variables);
    return sha256Of(JSON.stringify([this.#circumstances, variables.map((name) => [name, values[name] ?? null])]));
  }
}

interface Note {
  readonly format: number;
  readonly circumstances: Sha256;
  /** Names of the user's variables that some node asked for, sorted. */
  readonly variables: readonly string[];
  readonly nodes: readonly (readonly [unit: number, node: RememberedNode])[];
}

/** Notes prove themselves by a checksum, and the format's number says that this version wrote it. */
function isNote(value: unknown): value is Note {
  return typeof value === 'object' && value !== null && 'format' in value && value.format === FORMAT;
}
