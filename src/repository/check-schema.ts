import * as v from 'valibot';
import { type Diagnostic, fail, ok, type Result } from '../diagnostics/diagnostic.ts';
import { isOwnCheck, OWN_CHECKS } from './check-names.ts';
import type { CheckConfig, CheckPolicy, NamedText } from './config.ts';
import { spanOfToml, type TomlPath } from './toml-span.ts';

const text = v.string('must be a string');
const name = v.pipe(text, v.nonEmpty('must not be empty'));
const names = v.array(name, 'must be an array of strings');
const isRelative = v.check((path: string) => !path.startsWith('/'), 'must be relative to the repository');

/** `[checks.NAME]` as it is written. */
export const checkSchema = v.strictObject(
  {
    command: v.optional(v.pipe(names, v.minLength(1, 'must name a program'))),
    project: v.optional(v.union([name, names], 'must be a name or an array of names')),
    environment: v.optional(name),
    groups: v.optional(names, []),
    directory: v.optional(v.pipe(name, isRelative)),
    runner: v.optional(v.picklist(['cargo', 'nextest'], 'must be `cargo` or `nextest`')),
    arguments: v.optional(v.array(text, 'must be an array of strings'), []),
    inputs: v.optional(v.array(v.pipe(name, isRelative), 'must be an array of strings'), []),
    env: v.optional(v.record(v.string(), text, 'must be a table of strings'), {}),
    'pass-environment': v.optional(names, []),
    enabled: v.optional(v.boolean('must be `true` or `false`'), true),
  },
  'must be a table',
);

const exemptionSchema = v.strictObject({ subject: name, checks: names, reason: v.optional(text) }, 'must be a table');

/** `[policy.checks]` as it is written. */
export const checkPolicySchema = v.strictObject(
  { require: v.optional(names, []), exempt: v.optional(v.array(exemptionSchema, 'must be written `[[policy.checks.exempt]]`'), []) },
  'must be a table',
);

/** Keys of these tables, as `config-schema.ts` has those of the others. */
export const KNOWN_CHECK_KEYS: Readonly<Record<string, readonly string[]>> = {
  checks: Object.keys(checkSchema.entries),
  'policy.checks': Object.keys(checkPolicySchema.entries),
  'policy.checks.exempt': Object.keys(exemptionSchema.entries),
};

interface WrittenChecks {
  readonly checks: Readonly<Record<string, v.InferOutput<typeof checkSchema>>>;
  /** `undefined`: there is no `[policy.checks]`. */
  readonly policy: v.InferOutput<typeof checkPolicySchema> | undefined;
  readonly source: NamedText;
}

/** F1067 a check that says nothing to do, or where in two ways; F1060 an exemption without a reason. */
export function readChecks({ checks, policy, source }: WrittenChecks): Result<{
  readonly checks: Readonly<Record<string, CheckConfig>>;
  readonly policy: CheckPolicy | undefined;
}> {
  const problems = Object.entries(checks).flatMap(([key, written]) => checkProblem(source, key, written) ?? []);
  for (const [index, { reason = '' }] of (policy?.exempt ?? []).entries()) {
    if (reason.trim() !== '') continue;
    const place = { path: ['policy', 'checks', 'exempt', index], hints: ['say why with `reason = "…"`'] };
    problems.push(problem(source, 'F1060', 'an exemption needs a reason', place));
  }
  if (problems.length > 0) return fail(...problems);
  return ok({
    checks: Object.fromEntries(Object.entries(checks).map(([key, written]) => [key, toCheck(written)])),
    policy: policy === undefined ? undefined : toPolicy(source, policy),
  });
}

function checkProblem(source: NamedText, key: string, written: v.InferOutput<typeof checkSchema>): Diagnostic | undefined {
  const { command, project, environment, runner } = written;
  if (runner !== undefined && key !== 'tests')
    return problem(source, 'F1067', `check \`${key}\` has no \`runner\`: only \`tests\` has`, { path: ['checks', key, 'runner'] });
  if (isOwnCheck(key)) {
    if (command === undefined) return undefined;
    return problem(source, 'F1067', `\`${key}\` is a check of Ferrule's own and has no \`command\``, { path: ['checks', key, 'command'] });
  }
  if (command === undefined) {
    const hints = [
      'write `command = ["PROGRAM", "ARGUMENT"]`',
      `Ferrule's own checks are ${OWN_CHECKS.map((own) => `\`${own}\``).join(', ')}`,
    ];
    return problem(source, 'F1067', `check \`${key}\` has no \`command\``, { path: ['checks', key], hints });
  }
  if (project === undefined || environment === undefined) return undefined;
  const path = ['checks', key, 'environment'];
  return problem(source, 'F1067', `check \`${key}\` names a \`project\` and an \`environment\``, { path });
}

function toPolicy(source: NamedText, { require, exempt }: v.InferOutput<typeof checkPolicySchema>): CheckPolicy {
  const exemptions = exempt.map(({ subject, checks, reason = '' }, index) => ({
    subject,
    checks,
    reason,
    span: spanOfToml({ ...source, path: ['policy', 'checks', 'exempt', index, 'subject'], part: 'value' }),
  }));
  return { require, exemptions, span: spanOfToml({ ...source, path: ['policy', 'checks', 'require'], part: 'key' }) };
}

function toCheck(written: v.InferOutput<typeof checkSchema>): CheckConfig {
  const { project, env, 'pass-environment': passEnvironment, ...rest } = written;
  return {
    ...rest,
    command: written.command,
    environment: written.environment,
    directory: written.directory,
    runner: written.runner,
    projects: project === undefined ? [] : typeof project === 'string' ? [project] : project,
    variables: env,
    passEnvironment,
  };
}

function problem(
  source: NamedText,
  code: Diagnostic['code'],
  message: string,
  place: { readonly path: TomlPath; readonly hints?: readonly string[] },
): Diagnostic {
  const span = spanOfToml({ file: source.file, text: source.text, path: place.path, part: 'key' });
  return {
    code,
    severity: 'error',
    blame: 'input',
    message,
    ...(span === undefined ? {} : { span }),
    ...(place.hints === undefined ? {} : { hints: place.hints }),
  };
}
