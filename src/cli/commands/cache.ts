import { askCache, type CacheAnswer } from '../../cache/ask-cache.ts';
import { doesNotAnswer, noSuchCache } from '../../cache/cache-diagnostics.ts';
import { substituterOf } from '../../cache/nix-settings.ts';
import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import { printDiagnostics } from '../../diagnostics/print.ts';
import type { CacheConfig } from '../../repository/cache-config.ts';
import { type ExitStatus, failureStatus } from '../exit-status.ts';
import { jsonDiagnostics, jsonDocument } from '../json-report.ts';
import type { CommonSettings } from '../settings.ts';
import type { Terminal } from '../terminal.ts';

export interface CacheCommand {
  readonly caches: readonly CacheConfig[];
  readonly settings: CommonSettings;
  readonly terminal: Terminal;
}

/** `ferrule cache list`: what is configured, without a question to anybody. */
export function listCachesCommand({ caches, settings, terminal }: CacheCommand): ExitStatus {
  if (settings.json) terminal.out(jsonDocument({ ok: true, caches: caches.map((cache) => jsonCache(cache)), diagnostics: [] }));
  else if (caches.length === 0) terminal.out('`ferrule.toml` has no `[caches.NAME]`\n');
  else {
    const width = Math.max(...caches.map(({ name }) => name.length));
    const lines = caches.map((cache) => {
      const use = cache.push ? 'read, push' : 'read';
      return `${cache.name.padEnd(width)}  ${cache.kind.padEnd(8)}  ${use.padEnd(10)}  ${substituterOf(cache)}\n`;
    });
    terminal.out(lines.join(''));
  }
  return 0;
}

/** How long `ferrule cache show` waits for an answer. */
const PATIENCE_MS = 10_000;

/** `ferrule cache show`: what is configured and what the caches say of themselves. F1131 no such cache, F1141 one cannot be read. */
export async function showCachesCommand(
  command: CacheCommand & { readonly names: readonly string[]; readonly environment: Readonly<Record<string, string>> },
): Promise<ExitStatus> {
  const { caches, names, settings, terminal, environment } = command;
  const unknown = names.filter((name) => !caches.some((cache) => cache.name === name));
  const chosen = names.length === 0 ? caches : caches.filter(({ name }) => names.includes(name));
  const answers = await Promise.all(
    (unknown.length > 0 ? [] : chosen).map(async (cache) => ({
      cache,
      answer: await askCache(cache, { environment, patienceMs: PATIENCE_MS }),
    })),
  );
  const diagnostics: readonly Diagnostic[] = [
    ...unknown.map((name) => noSuchCache(name, caches)),
    ...answers.flatMap(({ cache, answer }) => (answer.kind === 'fails' ? [doesNotAnswer(cache, answer.reason)] : [])),
  ];
  const ok = diagnostics.length === 0;
  if (settings.json) {
    const shown = answers.map(({ cache, answer }) => ({ ...jsonCache(cache), answer: jsonAnswer(answer) }));
    terminal.out(jsonDocument({ ok, caches: shown, diagnostics: jsonDiagnostics(diagnostics) }));
  } else if (caches.length === 0 && ok) terminal.out('`ferrule.toml` has no `[caches.NAME]`\n');
  else terminal.out(answers.map(({ cache, answer }) => describe(cache, answer)).join('\n'));
  if (!(settings.json && settings.quiet)) terminal.err(printDiagnostics(diagnostics, { colour: terminal.colour.err }));
  return ok ? 0 : failureStatus(diagnostics);
}

function describe(cache: CacheConfig, answer: CacheAnswer): string {
  const rows = [
    ['kind', cache.kind],
    ['address', substituterOf(cache)],
    ...cache.publicKeys.map((key) => ['public key', key] as const),
    ['push', cache.push ? 'yes' : 'no'],
    ['answer', answerWords(answer)],
  ] as const;
  return `${cache.name}\n${rows.map(([label, value]) => `  ${label.padEnd(10)}  ${value}\n`).join('')}`;
}

function answerWords(answer: CacheAnswer): string {
  switch (answer.kind) {
    case 'answers': {
      const priority = answer.priority === undefined ? '' : `, priority ${answer.priority}`;
      return `it answers: store ${answer.storeDirectory ?? 'not said'}${priority}`;
    }
    case 'refuses':
      return `it answers, and wants a password (${answer.status}): Nix takes it from its \`netrc\``;
    case 'fails':
      return `none: it ${answer.reason}`;
    case 'unknown':
      return `not asked: it ${answer.reason}; \`nix store ping --store ADDRESS\` lets Nix ask`;
  }
}

function jsonCache(cache: CacheConfig): Readonly<Record<string, unknown>> {
  const { name, kind, push, priority, publicKeys } = cache;
  return { name, kind, url: substituterOf(cache), push, priority: priority ?? null, public_keys: publicKeys };
}

function jsonAnswer(answer: CacheAnswer): Readonly<Record<string, unknown>> {
  if (answer.kind !== 'answers') return answer;
  return { kind: answer.kind, store: answer.storeDirectory ?? null, priority: answer.priority ?? null };
}
