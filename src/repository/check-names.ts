/** Checks that need no word in `ferrule.toml`, in the order they are shown. */
export const OWN_CHECKS = ['fmt', 'clippy', 'tests', 'doctests', 'examples', 'pytest', 'advisories'] as const;

export type OwnCheck = (typeof OWN_CHECKS)[number];

export function isOwnCheck(name: string): name is OwnCheck {
  return OWN_CHECKS.some((own) => own === name);
}
