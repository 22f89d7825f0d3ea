import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import type { ActionKey } from '../model/action.ts';

/** Position of a node in its graph. */
export type NodeId = number;

/** Everything that happens in a run: facts only, no text for people. Milliseconds since the start of the run. */
export type RunEvent =
  | { readonly type: 'stage'; readonly stage: 'discover' | 'fetch' | 'plan' | 'run' | 'link'; readonly at: number }
  /** What cargo says while it fetches; one line. */
  | { readonly type: 'progress'; readonly text: string; readonly at: number }
  | { readonly type: 'graph'; readonly nodes: readonly NodeSummary[]; readonly at: number }
  | { readonly type: 'started'; readonly node: NodeId; readonly key: ActionKey; readonly at: number }
  /** Another run on the same store does the node's work; it is looked at again when that one is through. */
  | { readonly type: 'waiting'; readonly node: NodeId; readonly at: number }
  | { readonly type: 'early'; readonly node: NodeId; readonly at: number }
  | { readonly type: 'ended'; readonly node: NodeId; readonly key: ActionKey | undefined; readonly outcome: Outcome; readonly at: number }
  | { readonly type: 'diagnostic'; readonly node: NodeId | undefined; readonly diagnostic: Diagnostic; readonly at: number }
  /** Compiler warnings and script warnings of a unit, rendered with colours; replayed for cached units as cargo does. */
  | { readonly type: 'messages'; readonly node: NodeId; readonly rendered: string; readonly warnings: number; readonly at: number };

export interface NodeSummary {
  readonly id: NodeId;
  /** `serde_json v1.0.150 (build script run)`, as a person names it. */
  readonly label: string;
  /** Word of the live view: `compile`, `run`. */
  readonly verb: string;
  /** Estimated time in milliseconds; what the critical path is computed from. */
  readonly estimateMs: number;
  readonly dependencies: readonly NodeId[];
}

export type Outcome =
  | { readonly kind: 'executed'; readonly elapsedMs: number }
  | { readonly kind: 'cached' }
  | { readonly kind: 'failed' }
  /** A dependency failed, or the run was stopped. */
  | { readonly kind: 'skipped'; readonly because: NodeId | undefined };

export type EventSink = (event: RunEvent) => void;
