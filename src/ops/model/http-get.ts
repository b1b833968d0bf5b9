import http, { type IncomingMessage, type RequestOptions } from 'node:http';
import https from 'node:https';
import type { Socket } from 'node:net';
import tls from 'node:tls';
import { ImgdError } from '../../base/errors.js';
import { proxyFor, proxyHeaders } from './proxy.js';

export interface GetOptions {
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
  /** Longest silence of a connection, milliseconds. */
  readonly idleMs: number;
  readonly env: NodeJS.ProcessEnv;
  /** Trust these authorities instead of the system's. */
  readonly ca?: string | undefined;
}

const maxRedirects = 5;

/**
 * GET through the environment's proxy (a CONNECT tunnel for https), following redirects. Resolves with any final status;
 * the caller consumes or destroys the body, which goes silent for at most `idleMs`. Rejects with `unavailable` for a
 * failed connection, with the signal's reason when aborted. Node's own fetch has no proxy on every supported version.
 */
export async function httpGet(start: string, options: GetOptions): Promise<IncomingMessage> {
  let url = new URL(start);
  for (let hop = 0; hop <= maxRedirects; hop++) {
    const response = await request(url, options);
    const { location } = response.headers;
    if (![301, 302, 303, 307, 308].includes(response.statusCode ?? 0) || location === undefined) return response;
    response.destroy();
    const next = new URL(location, url);
    if (!/^https?:$/.test(next.protocol) || (url.protocol === 'https:' && next.protocol === 'http:'))
      throw new ImgdError('unavailable', `${url.href} redirects to ${next.origin}, which is not safe to follow`);
    url = next;
  }
  throw new ImgdError('unavailable', `${start} redirects more than ${maxRedirects} times`);
}

async function request(url: URL, options: GetOptions): Promise<IncomingMessage> {
  const proxy = proxyFor(url, options.env);
  const headers: Record<string, string> = { 'user-agent': 'imgd', ...options.headers };
  if (url.protocol === 'https:') {
    const tunnel = proxy === null ? undefined : await connectTunnel(proxy, url, options);
    const secure = {
      host: url.hostname,
      servername: url.hostname,
      ...(options.ca !== undefined && { ca: options.ca }),
    };
    const through = tunnel && { createConnection: () => tls.connect({ ...secure, socket: tunnel }) };
    return send(https.request, url.href, { ...secure, headers, agent: false, ...through }, options);
  }
  if (proxy === null) return send(http.request, url.href, { headers, agent: false }, options);
  const absolute = {
    path: url.href,
    headers: { ...headers, host: url.host, ...proxyHeaders(proxy) },
    agent: false,
  } as const;
  return send(proxy.protocol === 'https:' ? https.request : http.request, proxy.href, absolute, options);
}

function send(
  start: typeof http.request,
  target: string,
  requestOptions: RequestOptions,
  { signal, idleMs }: GetOptions,
): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const call = start(target, { ...requestOptions, signal, timeout: idleMs });
    call.on('timeout', () => call.destroy(new Error(`no answer for ${idleMs / 1000} s`)));
    call.on('response', resolve);
    call.on('error', (cause) => reject(failure(cause, signal, new URL(target).host)));
    call.end();
  });
}

function connectTunnel(proxy: URL, url: URL, { signal, idleMs }: GetOptions): Promise<Socket> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const authority = `${url.hostname}:${url.port || 443}`;
    const start = proxy.protocol === 'https:' ? https.request : http.request;
    const call = start({
      host: proxy.hostname.replace(/^\[|\]$/g, ''),
      port: proxy.port || (proxy.protocol === 'https:' ? 443 : 80),
      method: 'CONNECT',
      path: authority,
      headers: { host: authority, ...proxyHeaders(proxy) },
      agent: false,
      timeout: idleMs,
      signal,
    });
    call.on('timeout', () => call.destroy(new Error(`no answer for ${idleMs / 1000} s`)));
    call.on('connect', (response, socket) => {
      if (response.statusCode === 200) return resolve(socket as Socket);
      socket.destroy();
      reject(new ImgdError('unavailable', `the proxy ${proxy.host} refused ${authority}: ${response.statusCode}`));
    });
    call.on('error', (cause) => reject(failure(cause, signal, `the proxy ${proxy.host}`)));
    call.end();
  });
}

const failure = (cause: Error, signal: AbortSignal, whom: string): unknown =>
  signal.aborted
    ? signal.reason
    : new ImgdError('unavailable', `${whom}: ${cause.message || String(cause)}`, { cause });
