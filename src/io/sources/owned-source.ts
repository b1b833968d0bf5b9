import type { Source } from '../source.js';

/** A source that knows its entries by their URI, so that a chain of sources can find the one that locates an entry. */
export interface OwnedSource extends Source {
  owns(uri: string): boolean;
}
