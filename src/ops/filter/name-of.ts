const utf8 = new TextDecoder('utf-8', { ignoreBOM: true });

/**
 * Last path component of a percent-encoded URI, decoded; of a tar member, its own name. Query and fragment of other
 * URIs are no part of it. A name that isn't UTF-8 gets U+FFFD for what can't be read; a `%` that encodes nothing stays.
 */
export function nameOf(origin: string): string {
  const hash = origin.indexOf('#');
  const member = hash >= 0 && origin.startsWith('tar+') ? origin.slice(hash + 1) : origin;
  const path = member.replace(/[?#].*$/s, '').replace(/\/+$/, '');
  return percentDecode(path.slice(path.lastIndexOf('/') + 1));
}

function percentDecode(text: string): string {
  if (!text.includes('%')) return text;
  const encoded = Buffer.from(text);
  const bytes = Buffer.alloc(encoded.length);
  let length = 0;
  for (let i = 0; i < encoded.length; i++) {
    const pair = encoded[i] === 0x25 ? encoded.toString('latin1', i + 1, i + 3) : '';
    const escaped = /^[0-9a-f]{2}$/i.test(pair);
    bytes[length++] = escaped ? Number.parseInt(pair, 16) : encoded[i]!;
    if (escaped) i += 2;
  }
  return utf8.decode(bytes.subarray(0, length));
}
