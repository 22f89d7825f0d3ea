/** Without what changes with every unit's own hash, cargo's `-HASH` in names, and with the profile's directory. */
export function withoutHashes(text: string): string {
  return text
    .replace(/-[0-9a-f]{16}(?![0-9a-f])/g, '')
    .replace(/(\/build\/target|^build\/target)\/(?:[^/:]+\/)?[^/:]+\/(?=deps|build)/g, '$1/*/');
}
