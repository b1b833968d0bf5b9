import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import https from 'node:https';
import type { AddressInfo, Server } from 'node:net';
import net from 'node:net';
import { afterAll } from 'vitest';

/** What the server does with the next request for a path; `serve` is the default. */
type Behaviour =
  | { readonly kind: 'serve' }
  /** Sends this many bytes of what was asked for, and breaks the connection when `received` says that they are there. */
  | { readonly kind: 'cut'; readonly after: number }
  /** Ignores Range. */
  | { readonly kind: 'whole' }
  /** Answers a Range with bytes from another place. */
  | { readonly kind: 'shifted' }
  | { readonly kind: 'status'; readonly status: number }
  | { readonly kind: 'redirect'; readonly to: string }
  /** Sends this without saying how long it is. */
  | { readonly kind: 'endless'; readonly bytes: Buffer }
  /** Sends this many bytes, then nothing, without an end. */
  | { readonly kind: 'silent'; readonly after: number };

export interface FileServer {
  readonly url: string;
  readonly port: number;
  readonly files: Map<string, Buffer>;
  /** Consumed one per request. */
  readonly script: Behaviour[];
  /** `GET path range`. */
  readonly log: string[];
  /** To be called with the client's count of bytes: cuts happen at a byte, not at a time. */
  received(bytes: number): void;
}

interface Cut {
  readonly at: number;
  readonly response: ServerResponse;
}

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

/** An HTTP(S) server of files in memory that misbehaves by a script. Closed after the file's tests. */
export async function fileServer(secure?: { readonly key: string; readonly cert: string }): Promise<FileServer> {
  const files = new Map<string, Buffer>();
  const script: Behaviour[] = [];
  const log: string[] = [];
  let cut: Cut | undefined;
  const answer = (request: IncomingMessage, response: ServerResponse) => {
    log.push(`${request.method} ${request.url} ${request.headers.range ?? '-'}`);
    cut = serve(files.get(request.url ?? ''), request, response, script.shift() ?? { kind: 'serve' });
  };
  const received = (bytes: number) => {
    if (cut === undefined || bytes < cut.at) return;
    cut.response.socket?.destroy();
    cut = undefined;
  };
  const server = secure === undefined ? http.createServer(answer) : https.createServer(secure, answer);
  const port = await listen(server);
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });
  const scheme = secure === undefined ? 'http://127.0.0.1' : 'https://localhost';
  return { url: `${scheme}:${port}`, port, files, script, log, received };
}

function serve(
  file: Buffer | undefined,
  request: IncomingMessage,
  response: ServerResponse,
  behaviour: Behaviour,
): Cut | undefined {
  const answer = (status: number, headers: Record<string, string> = {}, body?: Buffer): undefined => {
    response.writeHead(status, headers).end(body);
  };
  if (behaviour.kind === 'status') return answer(behaviour.status);
  if (behaviour.kind === 'redirect') return answer(302, { location: behaviour.to });
  if (behaviour.kind === 'endless') return answer(200, {}, behaviour.bytes);
  if (file === undefined) return answer(404);
  const asked = behaviour.kind === 'whole' ? null : /^bytes=(\d+)-$/.exec(request.headers.range ?? '');
  const start = asked === null ? 0 : Number(asked[1]);
  if (asked !== null && start >= file.length) return answer(416);
  const from = behaviour.kind === 'shifted' ? 0 : start;
  const body = file.subarray(from);
  const headers = {
    'content-length': String(body.length),
    ...(asked !== null && { 'content-range': `bytes ${from}-${file.length - 1}/${file.length}` }),
  };
  if (behaviour.kind !== 'silent' && behaviour.kind !== 'cut') return answer(asked === null ? 200 : 206, headers, body);
  response.writeHead(asked === null ? 200 : 206, headers).write(body.subarray(0, behaviour.after));
  return behaviour.kind === 'cut' ? { at: from + behaviour.after, response } : undefined;
}

export interface Proxy {
  readonly url: string;
  /** `CONNECT host:port` or `GET url`, with the credentials where there are any. */
  readonly log: string[];
}

/** A forward proxy. `refuse` makes it answer CONNECT with that status. */
export async function forwardProxy(refuse?: number): Promise<Proxy> {
  const log: string[] = [];
  const note = (request: IncomingMessage) => {
    const auth = request.headers['proxy-authorization'];
    const who = auth === undefined ? '' : ` as ${Buffer.from(auth.replace('Basic ', ''), 'base64')}`;
    log.push(`${request.method} ${request.url}${who}`);
  };
  const server = http.createServer((request, response) => {
    note(request);
    const upstream = http.get(request.url!, { headers: { range: request.headers.range ?? '' } }, (answer) => {
      response.writeHead(answer.statusCode!, answer.headers);
      answer.pipe(response);
    });
    upstream.on('error', () => response.destroy());
  });
  server.on('connect', (request, socket) => {
    note(request);
    if (refuse !== undefined) return void socket.end(`HTTP/1.1 ${refuse} No\r\n\r\n`);
    const target = new URL(`http://${request.url}`);
    const upstream = net.connect(Number(target.port), '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n');
      upstream.pipe(socket).pipe(upstream);
    });
    upstream.on('error', () => socket.destroy());
    socket.on('error', () => upstream.destroy());
  });
  const port = await listen(server);
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${port}`, log };
}
