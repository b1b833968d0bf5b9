import type { ByteString } from '../uri.js';

const extension = /\.(jpe?g|jpe|jfif|png|webp|gif|tiff?|bmp|avif)$/i;

/** Whether a name says that it is an image; what the bytes say comes later. */
export const isImageName = (name: ByteString): boolean => extension.test(name);
