import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type Diagnostic, fail, ok, type Result } from '../../diagnostics/diagnostic.ts';
import type { Action } from '../../model/action.ts';
import type { InputEntry } from '../../model/tree.ts';
import type { CheckConfig } from '../../repository/config.ts';
import { memberName } from '../../repository/member-name.ts';
import type { Member, Repository } from '../../repository/repository.ts';
import { cargoHomeOf } from '../../rust/cargo/cargo-home.ts';
import { relativeToRoot, SOURCE_ROOT } from '../../rust/layout.ts';
import { filesOfDirectory } from '../../source/extra-inputs.ts';
import { snapshot } from '../../source/source-tree.ts';
import type { Store } from '../../store/store.ts';
import { exitWords } from '../exit-words.ts';
import { BASE_ENVIRONMENT } from '../host-environment.ts';
import type { RunContext } from '../run-context.ts';
import type { CheckStep, CheckSurroundings, FailedCheck } from './check.ts';
import type { CheckList } from './check-list.ts';
import { type FoundTool, subcommandPath, subcommandTool } from './tools.ts';

const TOOL = '/build/tools/cargo-audit';
const DATABASE = '/build/advisory-db';

/** What cargo-audit reads of the database: its own collections, and nothing of git. */
const COLLECTION = /^(?:crates|rust)\//;

/** Configuration that stands in the workspace. */
const SETTINGS = '.cargo/audit.toml';

/**
 * Adds the check of a workspace's lock against the advisories that this machine has; where it has none, or no cargo-audit, a check that
 * is skipped and says why. F1079: so, and it was asked for by name or is demanded.
 */
export function addAdvisories(options: {
  readonly context: RunContext;
  readonly repository: Repository;
  readonly member: Member;
  /** It was asked for by name, or the policy demands it. */
  readonly isDemanded: boolean;
  /** The checks are run by the Nix daemon, whose sandbox sees no database. */
  readonly isOnNix: boolean;
  readonly list: CheckList;
}): Result<undefined> {
  const { context, repository, member, isDemanded, isOnNix, list } = options;
  const subject = memberName(member);
  const { environment } = context.request;
  const { store } = context;
  if (isOnNix) {
    const reason = 'the advisory database is not in the Nix store';
    if (isDemanded) return fail(notChecked(subject, reason, 'leave `--engine nix` out'));
    list.add({ subject, name: 'advisories', units: [], nodes: [], skipped: reason });
    return ok(undefined);
  }
  const database = join(cargoHomeOf(environment), 'advisory-db');
  const tool = subcommandTool({ name: 'cargo-audit', environment, store });
  const check = { subject, name: 'advisories', units: [] };
  const places = subcommandPath(environment)
    .split(':')
    .filter((directory) => directory.startsWith('/'));
  list.watch([join(database, 'crates'), ...places.map((directory) => join(directory, 'cargo-audit'))]);
  if (tool === undefined || !existsSync(join(database, 'crates'))) {
    const reason = tool === undefined ? 'there is no `cargo-audit` on this machine' : `there is no advisory database at \`${database}\``;
    if (isDemanded) return fail(notChecked(subject, reason, 'install `cargo-audit`, and run `cargo audit` once: it fetches the database'));
    list.add({ ...check, nodes: [], skipped: reason });
    return ok(undefined);
  }
  const step = new AdvisoriesStep({ repository, member, subject, tool, database, config: repository.config.checks['advisories'], store });
  list.add({ ...check, nodes: [{ label: `${subject} (advisories)`, verb: 'check', units: [], needs: [], step }] });
  return ok(undefined);
}

interface AdvisoriesOptions {
  readonly repository: Repository;
  readonly member: Member;
  readonly subject: string;
  readonly tool: FoundTool;
  /** Absolute. */
  readonly database: string;
  /** `[checks.advisories]`; `undefined`: there is none. */
  readonly config: CheckConfig | undefined;
  readonly store: Store;
}

/** `cargo audit` over a lock: what it says depends on the lock, the configuration and the database, and on no network. */
class AdvisoriesStep implements CheckStep {
  readonly #options: AdvisoriesOptions;

  constructor(options: AdvisoriesOptions) {
    this.#options = options;
  }

  async action({ sources, engine, host, passEnvironment }: CheckSurroundings): Promise<Result<Action>> {
    const { repository, member, tool, database, config, store } = this.#options;
    const { memory } = sources;
    const { digests, trees } = memory;
    const listed = filesOfDirectory(database, memory).map((file) => file.slice(database.length + 1));
    const advisories = snapshot({
      store,
      anchor: database,
      files: listed.filter((file) => COLLECTION.test(file)).toSorted(),
      digests,
      trees,
    });
    if (!advisories.ok) return advisories;
    const inside = member.directory.slice(repository.root.length + 1);
    const own = ['Cargo.lock', SETTINGS].filter((file) => memory.probe.kind(join(member.directory, file)) === 'file');
    const files = own.map((file) => join(inside, file)).toSorted();
    const lock = snapshot({ store, anchor: repository.root, files, digests, trees });
    if (!lock.ok) return lock;
    return ok({
      command: {
        arguments: [TOOL, 'audit', '--no-fetch', '--no-yanked', '--db', DATABASE, '--color', 'always', ...(config?.arguments ?? [])],
        environment: {
          ...BASE_ENVIRONMENT,
          ...host.select([...passEnvironment, ...(config?.passEnvironment ?? [])]),
          ...config?.variables,
        },
        workingDirectory: relativeToRoot(join(SOURCE_ROOT, inside)),
        outputs: [],
      },
      inputs: new Map<string, InputEntry>([
        [relativeToRoot(TOOL), { kind: 'file', digest: tool.digest, executable: true }],
        [relativeToRoot(DATABASE), { kind: 'tree', digest: advisories.value }],
        [relativeToRoot(SOURCE_ROOT), { kind: 'tree', digest: lock.value }],
      ]),
      platform: { ...sources.machine({ usesCompilers: false }), ...engine.platform },
    });
  }

  explain({ result, stdout, stderr, hints }: FailedCheck): readonly Diagnostic[] {
    const { subject, database } = this.#options;
    const found = result.exitCode === 1 && stdout !== '';
    return [
      {
        code: 'F1057',
        severity: 'error',
        blame: 'build',
        message: found
          ? `the lock of \`${subject}\` holds crates with advisories against them`
          : `\`cargo audit\` failed on the lock of \`${subject}\` (${exitWords(result.exitCode)})`,
        output: (stdout + stderr).replaceAll(DATABASE, database),
        ...(found
          ? { hints: ['take a version that is not affected, or name the advisory in `ignore` of `.cargo/audit.toml`', ...hints] }
          : hints.length === 0
            ? {}
            : { hints }),
      },
    ];
  }
}

function notChecked(subject: string, reason: string, remedy: string): Diagnostic {
  return {
    code: 'F1079',
    severity: 'error',
    blame: 'input',
    message: `advisories against the crates of \`${subject}\` cannot be checked: ${reason}`,
    hints: [remedy],
  };
}
