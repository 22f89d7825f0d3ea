import type { RustFacts } from '../rust/facts.ts';
import type { HostEnvironment } from './host-environment.ts';

/**
 * A planned unit's environment with `[env]` of cargo's configuration as its action gets it: a variable enters only when the action may
 * read it, so that a change of one rebuilds its readers. As with cargo, the user's value goes before one without `force`, and what
 * cargo sets itself goes before both (cargo `src/compiler/mod.rs`, `apply_env_config`).
 */
export function withConfiguredVariables(options: {
  readonly environment: Readonly<Record<string, string>>;
  readonly configured: RustFacts['configEnvironment'];
  readonly mayRead: (name: string) => boolean;
  readonly host: HostEnvironment;
}): Readonly<Record<string, string>> {
  const { environment, configured, mayRead, host } = options;
  if (configured.length === 0) return environment;
  const entries = new Map(Object.entries(environment));
  for (const { name, value, force } of configured) {
    if (entries.get(name) !== value) continue;
    if (mayRead(name)) entries.set(name, force ? value : (host.select([name])[name] ?? value));
    else entries.delete(name);
  }
  return Object.fromEntries(entries);
}
