import type { Result } from '../diagnostics/diagnostic.ts';
import type { Action, ActionKey, ActionResult } from '../model/action.ts';
import type { Digest } from '../model/digest.ts';

/** Something that can run an action: the local sandbox, the Nix daemon, a Remote Execution cluster. */
export interface Engine {
  readonly name: 'local' | 'nix' | 'remote';
  /** Platform properties that its actions must carry in their keys: empty for an engine that can root actions at `/build`. */
  readonly platform: Readonly<Record<string, string>>;
  /**
   * Runs one action whose inputs are all in the store. A command that fails is a result with an exit code;
   * diagnostics mean that the engine could not run it (blame `infrastructure`).
   */
  run(request: RunRequest): Promise<Result<ActionResult>>;
  /** Kills everything that runs and removes its scratch space; `run` promises settle. Idempotent. */
  stop(): void;
}

export interface RunRequest {
  readonly action: Action;
  readonly key: ActionKey;
  readonly label: string;
  /** An output that is finished before the action is; `undefined`: there is none. */
  readonly early?: EarlyOutput;
  /** Keep the scratch directory of a failed action and report where it is. */
  readonly keepSandbox: boolean;
  readonly onSandboxKept?: (kept: KeptSandbox) => void;
}

/** What is left of a failed action for people to look at. */
export interface KeptSandbox {
  /** Absolute; stays until the action fails again or garbage is collected. */
  readonly directory: string;
  /** Absolute path of a program in it that runs the action again, or its arguments in the action's place. */
  readonly script: string;
}

/** rustc's metadata, announced as JSON on stderr while code is still generated. */
export interface EarlyOutput {
  /** Relative to the input root. */
  readonly path: string;
  /** A file the command has written by then and that goes with it: rustc's dep-info. */
  readonly witness: string;
  /** Called at most once, while the action still runs. `witness` is `undefined` when that file is not there. */
  readonly onEarly: (digest: Digest, witness: Buffer | undefined) => void;
}
