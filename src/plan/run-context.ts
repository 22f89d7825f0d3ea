import { join } from 'node:path';
import { type Diagnostic, ok, type Result } from '../diagnostics/diagnostic.ts';
import type { RunEvent } from '../engine/events.ts';
import { RunRecorder } from '../record/run-recorder.ts';
import { RememberedDirectories } from '../repository/directory-listings.ts';
import type { Member } from '../repository/repository.ts';
import { askedOnce } from '../rust/cargo/asked-once.ts';
import { findToolchain } from '../rust/cargo/find-toolchain.ts';
import { withHost } from '../rust/cargo/foreign-host.ts';
import { runProcess } from '../rust/cargo/node-process.ts';
import type { ProcessRunner } from '../rust/cargo/process.ts';
import type { Toolchain } from '../rust/toolchain.ts';
import { type DirectoryStore, openStore } from '../store/directory-store.ts';
import { StoreFailure } from '../store/store.ts';
import type { BuildRequest } from './build-request.ts';
import type { UnitMessages } from './remembered-run.ts';

const DIRECTORIES = 'directories';

/** One run: what every stage of it needs, and what it has found so far. */
export class RunContext {
  readonly request: BuildRequest;
  /** Milliseconds since the start of the run. */
  readonly now: () => number;
  readonly process: ProcessRunner;
  readonly store: DirectoryStore;
  /** How discovery sees directories: as they were in the last run, where nothing in them came or went. */
  readonly directories: RememberedDirectories;
  /** Everything there is to say so far, what was sent to the sink included. */
  readonly diagnostics: Diagnostic[] = [];
  readonly messages: UnitMessages[] = [];
  /** What has happened so far, for the record of the run. */
  readonly recorder = new RunRecorder();
  readonly #toolchains = new Map<string, Promise<Result<Toolchain>>>();

  constructor(request: BuildRequest, now: () => number) {
    const { sink } = request;
    this.request = {
      ...request,
      sink: (event) => {
        this.recorder.see(event);
        sink(event);
      },
    };
    this.now = now;
    this.process = askedOnce(async (asked) => await runProcess({ ...asked, signal: request.signal }));
    this.store = openStore({ directory: request.storeDirectory, now: request.now, processId: process.pid });
    this.directories = new RememberedDirectories({ text: this.store.getNote(DIRECTORIES, request.directory), now: request.now });
  }

  /** The Rust toolchain of a directory, looked for once. */
  toolchainOf(member: Pick<Member, 'directory'>): Promise<Result<Toolchain>> {
    let found = this.#toolchains.get(member.directory);
    if (found === undefined) {
      const { environment, host } = this.request;
      found = findToolchain({ directory: member.directory, environment, run: this.process, store: this.store });
      if (host !== undefined) {
        const directory = join(this.store.directory, 'foreign-hosts');
        found = found.then((toolchain) => (toolchain.ok ? ok(withHost({ toolchain: toolchain.value, host, directory })) : toolchain));
      }
      this.#toolchains.set(member.directory, found);
    }
    return found;
  }

  stage(stage: Extract<RunEvent, { type: 'stage' }>['stage']): void {
    this.request.sink({ type: 'stage', stage, at: this.now() });
  }

  progress(text: string): void {
    this.request.sink({ type: 'progress', text, at: this.now() });
  }

  /** The value of a result; its diagnostics go to the report and the sink. `undefined` also when the run was stopped. */
  take<T>(result: Result<T>): T | undefined {
    if (this.request.signal.aborted) return undefined;
    for (const diagnostic of result.ok ? (result.warnings ?? []) : result.diagnostics) this.say(diagnostic);
    return result.ok ? result.value : undefined;
  }

  say(diagnostic: Diagnostic): void {
    this.diagnostics.push(diagnostic);
    this.request.sink({ type: 'diagnostic', node: undefined, diagnostic, at: this.now() });
  }

  /** Keeps what was learnt and leaves no scratch space behind. Where the disk does not allow it, the next run does. */
  close(): void {
    try {
      const listings = this.directories.save();
      if (listings !== undefined) this.store.putNote(DIRECTORIES, this.request.directory, listings);
      this.store.close();
    } catch (error) {
      if (!(error instanceof StoreFailure)) throw error;
    }
  }
}
