import { readdirSync, readlinkSync, renameSync, symlinkSync, unlinkSync } from 'node:fs';
import type { ActionKey } from '../model/action.ts';
import { withParent } from './shelf.ts';
import { isAlive, isOfThisMachine, parseSessionName, type Session, type SessionName } from './session.ts';
import type { Claim } from './store.ts';
import type { StoreLayout } from './store-layout.ts';
import { systemCode, unlessFailing } from './system-error.ts';

/** How often a waiting run looks whether the other has finished. */
const POLL_MS = 20;

/**
 * Which actions run now, in any process on this store, so that two runs do not do the same work twice.
 *
 * A claim is a symbolic link `claims/KEY` whose target is the name of the owner's session: made in one step, and it says whether the
 * owner lives. A claim of a dead owner is replaced. Two runs that replace one at the same moment may both go on: work done twice,
 * never wrong, because nothing but waiting depends on claims. Owners on other machines or in other containers cannot be watched,
 * so they are not waited for.
 */
export class Claims {
  readonly #layout: StoreLayout;
  readonly #session: Session;
  readonly #now: () => number;

  constructor(options: { readonly layout: StoreLayout; readonly session: Session; readonly now: () => number }) {
    this.#layout = options.layout;
    this.#session = options.session;
    this.#now = options.now;
  }

  /** Takes the claim, or says when the run that has it is through with it. */
  take(key: ActionKey): Claim {
    const path = `${this.#layout.claims}/${key.hash}`;
    const release = (): void => this.#release(path);
    if (this.#tryToMake(path)) return { kind: 'ours', release };
    const owner = this.#livingOwner(path);
    if (owner === undefined) {
      this.#replace(path);
      return { kind: 'ours', release };
    }
    if (!isOfThisMachine(owner)) return { kind: 'ours', release: () => undefined };
    return { kind: 'theirs', processId: owner.processId, released: async () => await this.#untilReleased(path) };
  }

  #tryToMake(path: string): boolean {
    try {
      withParent(path, () => symlinkSync(this.#session.name, path));
      return true;
    } catch (error) {
      if (systemCode(error) === 'EEXIST') return false;
      throw error;
    }
  }

  #replace(path: string): void {
    const beside = this.#session.temporary();
    symlinkSync(this.#session.name, beside);
    renameSync(beside, path);
  }

  #livingOwner(path: string): SessionName | undefined {
    const owner = parseSessionName(readOwner(path) ?? '');
    return owner !== undefined && isAlive(owner, this.#now()) ? owner : undefined;
  }

  async #untilReleased(path: string): Promise<void> {
    while (this.#livingOwner(path) !== undefined) {
      await new Promise<void>((resolve) => setTimeout(resolve, POLL_MS));
    }
  }

  #release(path: string): void {
    if (readOwner(path) === this.#session.name) unlessFailing(['ENOENT'], () => unlinkSync(path));
  }
}

/** Removes the claims of runs that are gone. */
export function sweepClaims(layout: StoreLayout, now: number): void {
  for (const name of unlessFailing(['ENOENT'], () => readdirSync(layout.claims)) ?? []) {
    const path = `${layout.claims}/${name}`;
    const owner = parseSessionName(readOwner(path) ?? '');
    if (owner !== undefined && isAlive(owner, now)) continue;
    unlessFailing(['ENOENT', 'EACCES', 'EPERM', 'EROFS'], () => unlinkSync(path));
  }
}

function readOwner(path: string): string | undefined {
  return unlessFailing(['ENOENT', 'EINVAL'], () => readlinkSync(path));
}
