import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import { firstConfig } from '../../doctor/first-config.ts';
import { readDirectories } from '../../repository/directory-listings.ts';
import { discoverRepository } from '../../repository/discover.ts';
import type { ExitStatus } from '../exit-status.ts';
import { jsonDocument } from '../json-report.ts';
import { reportFailure } from '../run-command.ts';
import type { InitSettings } from '../settings.ts';
import type { Terminal } from '../terminal.ts';

export interface InitCommand {
  readonly settings: InitSettings;
  readonly terminal: Terminal;
}

/** `ferrule init`: writes `ferrule.toml` from what the repository holds, or prints it. F1119: there is one already, and it stays. */
export async function initCommand({ settings, terminal }: InitCommand): Promise<ExitStatus> {
  const repository = await discoverRepository({ directory: settings.directory, directories: readDirectories });
  if (!repository.ok) return reportFailure(repository.diagnostics, { terminal, ...settings });
  const path = join(repository.value.root, 'ferrule.toml');
  if (!settings.print && existsSync(path)) return reportFailure([alreadyThere(path)], { terminal, ...settings });
  const text = await firstConfig(repository.value);
  if (!settings.print) writeFileSync(path, text, { flag: 'wx' });
  if (settings.json) terminal.out(jsonDocument({ ok: true, path, written: !settings.print, text, diagnostics: [] }));
  else if (settings.print) terminal.out(text);
  else if (!settings.quiet) terminal.err(`Wrote ${path}: everything in it is commented out; \`ferrule build\` needs none of it\n`);
  return 0;
}

function alreadyThere(path: string): Diagnostic {
  return {
    code: 'F1119',
    severity: 'error',
    blame: 'input',
    message: `\`${path}\` is there already, and is left as it is`,
    hints: ['`ferrule init --print` prints what would be written to a new one'],
  };
}
