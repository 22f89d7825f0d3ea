import type { ConfigOverride } from '../../repository/config.ts';

/** An `[[override]]` of `ferrule.toml` that speaks of a crate: what it needs from the machine that its own manifest cannot say. */
export interface NativeOverride extends Omit<ConfigOverride, 'subject' | 'remove' | 'libraries' | 'replace'> {
  readonly crate: string;
}
