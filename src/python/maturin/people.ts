import type { Contact } from './packing-project.ts';

/** Contacts as core metadata wants them: those with an address in one field, the others in another (PEP 621). `undefined`: there are none of that kind. */
export function splitContacts(contacts: readonly Contact[]): { readonly names: string | undefined; readonly emails: string | undefined } {
  const names = contacts.flatMap(({ name, email }) => (name !== undefined && email === undefined ? [name] : []));
  const emails = contacts.flatMap(({ name, email }) => (email === undefined ? [] : [name === undefined ? email : addressOf(name, email)]));
  return { names: joined(names), emails: joined(emails) };
}

function joined(parts: readonly string[]): string | undefined {
  return parts.length === 0 ? undefined : parts.join(', ');
}

/** A display name with special characters is quoted (RFC 822, 3.3). */
function addressOf(name: string, email: string): string {
  if (!/[()<>@,;:\\".[\]]/.test(name)) return `${name} <${email}>`;
  return `"${name.replaceAll('\\', String.raw`\\`).replaceAll('"', String.raw`\"`)}" <${email}>`;
}
