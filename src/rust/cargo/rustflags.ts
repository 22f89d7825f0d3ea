import type { ConfigLookup } from './cargo-config-lookup.ts';
import { cfgHolds, parseCfgKey } from './cfg-expression.ts';

/**
 * Flags for every rustc call of one platform; the first source that says something wins, sources are never joined
 * (cargo `src/compiler/build_context/target_info.rs`, `extra_args`): `CARGO_ENCODED_RUSTFLAGS`, `RUSTFLAGS`,
 * `target.<triple>.rustflags` together with every `target.'cfg(…)'.rustflags` that holds, `build.rustflags`.
 */
export function rustflagsFor(options: {
  readonly config: ConfigLookup;
  readonly triple: string;
  /** Lines of `rustc --print cfg`; `undefined` before the first probe: `cfg(…)` keys do not count yet. */
  readonly cfg: ReadonlySet<string> | undefined;
}): readonly string[] {
  const { config } = options;
  return fromEnvironment(config) ?? fromTarget(options) ?? config.words(['build', 'rustflags']) ?? [];
}

function fromEnvironment(config: ConfigLookup): readonly string[] | undefined {
  const encoded = config.variable('CARGO_ENCODED_RUSTFLAGS');
  if (encoded !== undefined) return encoded === '' ? [] : encoded.split('\x1f');
  const plain = config.variable('RUSTFLAGS');
  if (plain === undefined) return undefined;
  return plain
    .split(' ')
    .map((word) => word.trim())
    .filter((word) => word !== '');
}

function fromTarget(options: {
  readonly config: ConfigLookup;
  readonly triple: string;
  readonly cfg: ReadonlySet<string> | undefined;
}): readonly string[] | undefined {
  const { config, triple, cfg } = options;
  const own = config.words(['target', ...triple.split('.'), 'rustflags']) ?? [];
  const conditional =
    cfg === undefined ? [] : matchingTargetKeys(config, cfg).flatMap((key) => config.words(['target', key, 'rustflags']) ?? []);
  const flags = [...own, ...conditional];
  return flags.length > 0 ? flags : undefined;
}

/** Keys `cfg(…)` under `[target]` whose condition holds, sorted as cargo sorts them (a `BTreeMap`). */
export function matchingTargetKeys(config: ConfigLookup, cfg: ReadonlySet<string>): readonly string[] {
  return config.names(['target']).filter((key) => {
    const expression = parseCfgKey(key);
    return expression !== undefined && cfgHolds(expression, cfg);
  });
}
