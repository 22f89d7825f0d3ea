import { TOOLCHAIN_ROOT } from '../layout.ts';
import type { PlanContext } from './plan-context.ts';
import { outDirectory, packageEnvironment, uncounted } from './rustc-environment.ts';
import { environmentName } from '../script/script-environment.ts';
import { dependencyDirectory, dynamicLibraryPath, dynamicLibraryVariable, platformFacts, profileDirectory } from './target-directories.ts';
import type { Unit } from '../unit.ts';

/**
 * NUM_JOBS of build scripts. A constant, because the machine's number of processors must not enter the key; large enough for a
 * `make -j` to use what the jobserver grants, which is what really limits it.
 */
const SCRIPT_JOBS = '8';

/** Variables of a build-script run, without the `DEP_*` ones that only the run knows (cargo `src/compiler/custom_build.rs`, `build_work`). */
export function scriptVariables(context: PlanContext, unit: Unit): Readonly<Record<string, string>> {
  const { facts, places } = context;
  const { host } = facts.toolchain;
  const platform = platformFacts(facts, unit);
  const { profile } = unit;
  return {
    ...packageEnvironment(context, unit.package),
    ...uncounted(context, unit.package),
    [dynamicLibraryVariable(host)]: dynamicLibraryPath(host, [
      profileDirectory(facts, null),
      dependencyDirectory(facts, null),
      `${TOOLCHAIN_ROOT}/lib/rustlib/${host}/lib`,
    ]),
    OUT_DIR: outDirectory(context, unit),
    NUM_JOBS: SCRIPT_JOBS,
    TARGET: platform.triple,
    HOST: host,
    DEBUG: String(profile.debuginfo !== 0),
    OPT_LEVEL: profile.optLevel,
    PROFILE: facts.profileRoot,
    RUSTC: `${TOOLCHAIN_ROOT}/bin/rustc`,
    RUSTDOC: `${TOOLCHAIN_ROOT}/bin/rustdoc`,
    ...(platform.linker === undefined ? {} : { RUSTC_LINKER: places.translate(platform.linker) }),
    ...(unit.package.links === undefined ? {} : { CARGO_MANIFEST_LINKS: unit.package.links }),
    ...Object.fromEntries(unit.features.map((feature) => [`CARGO_FEATURE_${environmentName(feature)}`, '1'])),
    ...configurationVariables(unit, platform.cfg),
    CARGO_ENCODED_RUSTFLAGS: platform.rustflags.map((flag) => places.translate(flag)).join('\x1f'),
  };
}

/** `CARGO_CFG_*`: what rustc printed, except that `debug_assertions` follows the profile and `feature` the unit. */
function configurationVariables(unit: Unit, cfg: readonly string[]): Readonly<Record<string, string>> {
  const values = new Map<string, string[]>([['feature', [...unit.features]]]);
  if (unit.profile.debugAssertions) values.set('debug_assertions', []);
  for (const line of cfg) {
    const { name, value } = parseCfg(line);
    if (value === undefined) {
      if (name !== 'debug_assertions') values.set(name, []);
      continue;
    }
    const known = values.get(name);
    if (known === undefined) values.set(name, [value]);
    else known.push(value);
  }
  return Object.fromEntries([...values].map(([name, list]) => [`CARGO_CFG_${environmentName(name)}`, list.join(',')]));
}

/** `name` or `name="value"`; the `r#` of a raw identifier is no part of the name. */
function parseCfg(line: string): { readonly name: string; readonly value: string | undefined } {
  const equals = line.indexOf('=');
  const name = (equals === -1 ? line : line.slice(0, equals)).trim().replace(/^r#/, '');
  if (equals === -1) return { name, value: undefined };
  return {
    name,
    value: line
      .slice(equals + 1)
      .trim()
      .replace(/^"(.*)"$/, '$1'),
  };
}
