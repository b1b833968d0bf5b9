/** Which proxy a URL goes through, as curl and most programs read the environment; lower-case names win. */
export function proxyFor(url: URL, env: NodeJS.ProcessEnv): URL | null {
  const read = (name: string) => env[name.toLowerCase()] || env[name] || '';
  const proxy = read(url.protocol === 'https:' ? 'HTTPS_PROXY' : 'HTTP_PROXY') || read('ALL_PROXY');
  if (proxy === '' || bypasses(url, read('NO_PROXY'))) return null;
  const address = proxy.includes('://') ? proxy : `http://${proxy}`;
  return /^https?:/i.test(address) && URL.canParse(address) ? new URL(address) : null;
}

/** `*`, or names that match themselves and their subdomains, each with an optional port: `example.org, .corp, host:8080`. */
function bypasses(url: URL, list: string): boolean {
  const port = url.port || (url.protocol === 'https:' ? '443' : '80');
  const host = url.hostname.replace(/^\[|\]$/g, '').toLowerCase();
  return list
    .split(/[\s,]+/)
    .filter((entry) => entry !== '')
    .some((entry) => {
      if (entry === '*') return true;
      const [, name = '', only] = /^\[?([^\]]*?)\]?(?::(\d+))?$/.exec(entry.toLowerCase()) ?? [];
      const bare = name.replace(/^\*?\./, '');
      return bare !== '' && (only === undefined || only === port) && (host === bare || host.endsWith(`.${bare}`));
    });
}

/** `Proxy-Authorization` of the user and password in the proxy's URL. */
export function proxyHeaders(proxy: URL): Record<string, string> {
  if (proxy.username === '') return {};
  const pair = `${decodeURIComponent(proxy.username)}:${decodeURIComponent(proxy.password)}`;
  return { 'proxy-authorization': `Basic ${Buffer.from(pair).toString('base64')}` };
}
