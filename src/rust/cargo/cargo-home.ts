import { join } from 'node:path';

/** `CARGO_HOME`, or where cargo puts it by default. */
export function cargoHomeOf(environment: Readonly<Record<string, string>>): string {
  return environment['CARGO_HOME'] ?? join(environment['HOME'] ?? '/', '.cargo');
}
