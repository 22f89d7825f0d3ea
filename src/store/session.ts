import { randomBytes } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, readlinkSync, renameSync, statSync } from 'node:fs';
import { sha256Of } from '../model/digest.ts';
import { removeTree } from './removal.ts';
import type { Scratch } from './store.ts';
import type { StoreLayout } from './store-layout.ts';
import { systemCode, unlessFailing } from './system-error.ts';

/** After this many milliseconds a session of another machine or container, whose processes cannot be seen, counts as dead. */
const FOREIGN_LIFETIME_MS = 24 * 3_600_000;

/**
 * One opened store's place below `tmp/`: its half-written entries and scratch directories.
 *
 * The directory's name says whose it is (`PID-STARTED-MACHINE-OPENED-RANDOM`), so that another process can tell whether
 * the owner still lives: `STARTED` (the process's start in clock ticks) guards against reused ids, `MACHINE` (boot and process
 * namespace) against ids of another container. `OPENED` (milliseconds, base 36) is when the run began to look things up.
 * It is made at first use: a run that only reads leaves no trace.
 */
export class Session {
  readonly name: string;
  readonly #path: string;
  readonly #layout: StoreLayout;
  #made = false;
  #keepsModes = true;
  #count = 0;

  constructor(options: { readonly layout: StoreLayout; readonly processId: number; readonly now: () => number }) {
    const { layout, processId, now } = options;
    const opened = Math.floor(now()).toString(36);
    this.name = [processId, processStart(processId) ?? '0', machineName(), opened, randomBytes(4).toString('hex')].join('-');
    this.#layout = layout;
    this.#path = `${layout.temporary}/${this.name}`;
  }

  /** A path where nothing is, on the store's file system. */
  temporary(): string {
    this.#make();
    this.#count += 1;
    return `${this.#path}/${this.#count.toString(36)}`;
  }

  /** Whether files get the modes they are created with: the process's umask takes no permission to read or run. */
  get keepsModes(): boolean {
    this.#make();
    return this.#keepsModes;
  }

  scratch(): Scratch {
    const path = this.temporary();
    mkdirSync(path);
    return { path, dispose: () => removeTree(path), keep: (name) => this.#keep(path, name) };
  }

  #keep(path: string, name: string): string {
    const kept = `${this.#layout.sandboxes}/${name}`;
    mkdirSync(this.#layout.sandboxes, { recursive: true });
    removeTree(kept);
    renameSync(path, kept);
    return kept;
  }

  close(): void {
    if (this.#made) removeTree(this.#path);
    this.#made = false;
  }

  #make(): void {
    if (this.#made) return;
    mkdirSync(this.#path);
    this.#keepsModes = (statSync(this.#path).mode & 0o555) === 0o555;
    this.#made = true;
  }
}

/** What a session's name says; `undefined` for a name that is none. */
export interface SessionName {
  readonly processId: number;
  readonly started: string;
  readonly machine: string;
  /** Milliseconds since the epoch. */
  readonly opened: number;
}

export function parseSessionName(name: string): SessionName | undefined {
  const match = /^([0-9]+)-([0-9]+)-([0-9a-f]{8})-([0-9a-z]+)-[0-9a-f]{8}$/.exec(name);
  if (match === null) return undefined;
  const [, processId = '', started = '', machineName = '', opened = ''] = match;
  return { processId: Number(processId), started, machine: machineName, opened: Number.parseInt(opened, 36) };
}

/** Whether the process that opened the session still runs; one that cannot be seen is given a day. */
export function isAlive(session: SessionName, now: number): boolean {
  if (!isOfThisMachine(session)) return now - session.opened < FOREIGN_LIFETIME_MS;
  const started = processStart(session.processId);
  return started === undefined ? respondsToSignals(session.processId) : started === session.started;
}

/** Whether the session's process can be seen from here. */
export function isOfThisMachine(session: SessionName): boolean {
  return session.machine === machineName();
}

/** Removes what dead runs left behind; gives the sessions that are alive. */
export function sweepSessions(layout: StoreLayout, now: number): readonly SessionName[] {
  const alive: SessionName[] = [];
  for (const name of readdirSync(layout.temporary)) {
    const session = parseSessionName(name);
    if (session !== undefined && isAlive(session, now)) alive.push(session);
    else unlessFailing(['EACCES', 'EPERM', 'EROFS', 'ENOTEMPTY', 'EBUSY'], () => removeTree(`${layout.temporary}/${name}`));
  }
  return alive;
}

/** Start of a process in clock ticks since boot (proc(5), `stat`, field 22); `undefined` when there is no such process or no `/proc`. */
function processStart(processId: number): string | undefined {
  const stat = unlessFailing(['ENOENT', 'ESRCH', 'EACCES'], () => readFileSync(`/proc/${processId}/stat`, 'latin1'));
  return stat?.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
}

function respondsToSignals(processId: number): boolean {
  try {
    return process.kill(processId, 0);
  } catch (error) {
    return systemCode(error) === 'EPERM';
  }
}

let knownMachine: string | undefined;

/** Names the boot and the process namespace in which process ids can be compared; the same text everywhere without `/proc`. */
export function machineName(): string {
  if (knownMachine !== undefined) return knownMachine;
  const missing = ['ENOENT', 'EACCES', 'EPERM'];
  const boot = unlessFailing(missing, () => readFileSync('/proc/sys/kernel/random/boot_id', 'latin1')) ?? '';
  const namespace = unlessFailing(missing, () => readlinkSync('/proc/self/ns/pid')) ?? '';
  knownMachine = sha256Of(`${boot}\n${namespace}`).slice(0, 8);
  return knownMachine;
}
