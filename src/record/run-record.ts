/**
 * What is kept of one run, and written to `run.json` for other machines. The keys are a contract: `docs/why.md`. Times are milliseconds; all
 * but {@link RunRecord.startedAt} count from the start of the run.
 */
export interface RunRecord {
  readonly format: typeof RECORD_FORMAT;
  /** Name of the run, unique in the store. */
  readonly run: string;
  /** Absolute directory of the repository on the machine of the run. */
  readonly repository: string;
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
  readonly elapsedMs: number;
  readonly ok: boolean;
  /** What ran its nodes, which then are that engine's; absent: the local engine. */
  readonly engine?: 'nix';
  /** What was asked for: with the same words the same is planned. */
  readonly request: RecordedRequest;
  /** Versions of toolchains, by what {@link contentOf} calls their trees. */
  readonly toolchains: Readonly<Record<string, string>>;
  readonly stages: readonly RecordedStage[];
  readonly targets: readonly RecordedTarget[];
  readonly nodes: readonly RecordedNode[];
  /** Of the nodes' keys, as far as they are known; only where the record has left its store. */
  readonly ingredients?: Readonly<Record<string, Ingredients>>;
}

/** Raised whenever a record changes its shape: others are then forgotten, or refused. */
export const RECORD_FORMAT = 1;

export interface RecordedRequest {
  /** As typed; empty: the default output of every member. */
  readonly targets: readonly string[];
  /** Where it was asked, relative to the repository; `''` for its root. */
  readonly directory: string;
  readonly purpose: string;
  readonly profile?: string;
  /** `--target`. */
  readonly target?: string;
  readonly features: readonly string[];
  readonly allFeatures: boolean;
  readonly noDefaultFeatures: boolean;
  /** Names of the checks that were asked for; absent: all of them, or none. */
  readonly checks?: readonly string[];
}

export interface RecordedStage {
  readonly stage: string;
  readonly at: number;
}

/** Something that was asked for, and the nodes that make it. */
export interface RecordedTarget {
  /** Name of the package or the project. */
  readonly name: string;
  /** Positions in {@link RunRecord.nodes}. */
  readonly nodes: readonly number[];
}

export interface RecordedNode {
  /** `serde_json v1.0.150 (build script run)`. */
  readonly label: string;
  /** `compile`, `run`, `fetch`. */
  readonly verb: string;
  /** Hexadecimal sha256; absent: there was nothing to look up, or it did not come so far. */
  readonly key?: string;
  readonly outcome: 'executed' | 'cached' | 'failed' | 'skipped';
  /** Absent: it was not run. */
  readonly startedAt?: number;
  /** When its metadata was there for those who need no more. */
  readonly earlyAt?: number;
  readonly endedAt?: number;
  /** Which of the places for what runs at once it had, from 0. */
  readonly slot?: number;
  /** Positions of the nodes it is directly built from. */
  readonly dependencies: readonly number[];
}

/** Everything a key was made from. */
export interface Ingredients {
  readonly arguments: readonly string[];
  /** Values by name; those of other people's variables as `#` and {@link contentOf} them, for they may be secrets. */
  readonly environment: Readonly<Record<string, string>>;
  /** By path in the action's root. */
  readonly inputs: Readonly<Record<string, RecordedInput>>;
  /** What of the machine can change the output, by name. */
  readonly platform: Readonly<Record<string, string>>;
}

/** Content of a file, or of a whole directory; with its files where they come from a checkout. */
export type RecordedInput = string | { readonly tree: string; readonly files: Readonly<Record<string, string>> };

/** How contents are named in records: the beginning of their sha256, enough to tell them apart. */
export function contentOf(sha256: string): string {
  return sha256.slice(0, 16);
}

/** Notes prove themselves by a checksum and files by their format: `undefined` for what is no record, or of another format. */
export function parseRecord(text: string): RunRecord | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isRecord(value) ? value : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function isRecord(value: unknown): value is RunRecord {
  return (
    typeof value === 'object' &&
    value !== null &&
    'format' in value &&
    value.format === RECORD_FORMAT &&
    'run' in value &&
    typeof value.run === 'string' &&
    'nodes' in value &&
    Array.isArray(value.nodes) &&
    'targets' in value &&
    Array.isArray(value.targets) &&
    'request' in value &&
    typeof value.request === 'object'
  );
}
