/** An address as it may be shown and kept: without user, password, query and fragment. */
export function redactUrl(text: string): string {
  try {
    const url = new URL(text);
    url.username = '';
    url.password = '';
    url.search = '';
    url.hash = '';
    return url.href;
  } catch (error) {
    if (error instanceof TypeError) return text.replace(/\/\/[^/@]*@/, '//');
    throw error;
  }
}
