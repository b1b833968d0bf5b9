import { describe, expect, it } from 'vitest';
import { proxyFor, proxyHeaders } from '../../../src/ops/model/proxy.js';

const of = (url: string, env: NodeJS.ProcessEnv) => proxyFor(new URL(url), env)?.href ?? null;

describe('proxyFor', () => {
  it('takes the variable of the scheme, the lower-case name first, ALL_PROXY last', () => {
    const env = { HTTPS_PROXY: 'http://secure:1', HTTP_PROXY: 'http://plain:2', http_proxy: 'http://lower:3' };
    expect(of('https://a.example/x', env)).toBe('http://secure:1/');
    expect(of('http://a.example/x', env)).toBe('http://lower:3/');
    expect(of('https://a.example/x', { all_proxy: 'http://any:4' })).toBe('http://any:4/');
    expect(of('https://a.example/x', {})).toBeNull();
  });

  it('understands a bare host and port, and leaves schemes alone that it cannot speak', () => {
    expect(of('https://a.example/', { HTTPS_PROXY: 'proxy:3128' })).toBe('http://proxy:3128/');
    expect(of('https://a.example/', { HTTPS_PROXY: 'socks5://proxy:1080' })).toBeNull();
  });

  it.each([
    ['*', true],
    ['a.example', true],
    ['.example', true],
    ['*.example', true],
    ['example', true],
    ['other, a.example', true],
    ['a.example:443', true],
    ['a.example:80', false],
    ['ample', false],
    ['b.a.example', false],
    ['', false],
  ])('NO_PROXY %s bypasses https://a.example: %s', (list, bypassed) => {
    expect(of('https://a.example/', { HTTPS_PROXY: 'http://p:1', NO_PROXY: list })).toBe(
      bypassed ? null : 'http://p:1/',
    );
  });

  it('bypasses addresses with a port', () => {
    const env = { http_proxy: 'http://p:1', no_proxy: '127.0.0.1:8080 [::1]' };
    expect(of('http://127.0.0.1:8080/', env)).toBeNull();
    expect(of('http://127.0.0.1:8081/', env)).toBe('http://p:1/');
    expect(of('http://[::1]/', env)).toBeNull();
  });

  it('takes credentials from the URL', () => {
    expect(proxyHeaders(new URL('http://me:p%40ss@p:1'))).toEqual({
      'proxy-authorization': `Basic ${Buffer.from('me:p@ss').toString('base64')}`,
    });
    expect(proxyHeaders(new URL('http://p:1'))).toEqual({});
  });
});
