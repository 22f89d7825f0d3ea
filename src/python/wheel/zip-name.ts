const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Upper half of code page 437, which zip names are in without the UTF-8 flag (APPNOTE.TXT appendix D). */
const CP437 =
  'ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒáíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐└┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\u00A0';

/** An entry's name; `undefined`: it says to be UTF-8 and is not. */
export function decodeZipName(raw: Buffer, isUtf8: boolean): string | undefined {
  const plain = raw.toString('latin1');
  // oxlint-disable-next-line no-control-regex -- NUL is what it looks for, among others.
  if (/^[\u0000-\u007F]*$/.test(plain)) return plain;
  if (!isUtf8) return plain.replaceAll(/[\u0080-\u00FF]/g, (character) => CP437[character.charCodeAt(0) - 0x80] ?? character);
  try {
    return UTF8.decode(raw);
  } catch (error) {
    if (error instanceof TypeError) return undefined;
    throw error;
  }
}
