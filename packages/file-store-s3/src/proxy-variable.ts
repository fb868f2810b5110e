/**
 * The variable of the environment that names a proxy for the requests to a URL, unless `NO_PROXY` exempts its host; `undefined` where none does.
 *
 * @see https://nodejs.org/api/http.html#built-in-proxy-support
 */
export function proxyVariable(url: string): string | undefined {
  const name = url.startsWith('http:') ? 'http_proxy' : 'https_proxy';
  return [name, name.toUpperCase()].find((variable) => (process.env[variable] ?? '') !== '');
}
