import type { ConfigOverride, FerruleConfig } from '../../repository/config.ts';
import { versionMeets } from '../../rust/native/native-libraries.ts';
import type { Package } from '../../rust/unit.ts';

/** The overrides of `ferrule.toml` for a crate of the repository, as far as its tests go. */
export function overridesOf(config: FerruleConfig, { name, version }: Pick<Package, 'name' | 'version'>): readonly ConfigOverride[] {
  return config.overrides.filter(
    ({ subject, version: wanted }) =>
      subject.kind === 'crate' && subject.name === name && (wanted === undefined || versionMeets(version, wanted)),
  );
}
