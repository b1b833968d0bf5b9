import { kernelBase64 } from './kernel.gen.js';

type Horizontal = (
  source: number,
  sourceStride: number,
  rows: number,
  target: number,
  targetStride: number,
  width: number,
  starts: number,
  coefficients: number,
  taps: number,
  shift: number,
) => void;

type Vertical = (
  source: number,
  stride: number,
  target: number,
  rows: number,
  starts: number,
  coefficients: number,
  taps: number,
  shift: number,
) => void;

/** The functions of kernel/resample.as, over a memory that the host lays out. All numbers but counts are addresses. */
export interface WasmKernel {
  readonly horizontalQuick: Horizontal;
  readonly horizontalExact: Horizontal;
  readonly verticalQuick: Vertical;
  readonly verticalExact: Vertical;
}

export interface WasmMemory {
  readonly buffer: ArrayBuffer;
  /** By pages of 64 KiB; the old buffer is detached. */
  grow(pages: number): number;
}

/** The part of the WebAssembly API in use here: neither ES2023 nor Node's types declare it. */
declare const WebAssembly: {
  readonly Memory: new (size: { readonly initial: number; readonly maximum: number }) => WasmMemory;
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object, imports: object) => { readonly exports: unknown };
};

let module: object | undefined;

export const createMemory = (initial: number, maximum: number): WasmMemory =>
  new WebAssembly.Memory({ initial, maximum });

/** Compiles once in a process; each instance has its own memory. */
export const instantiateKernel = (memory: WasmMemory): WasmKernel => {
  module ??= new WebAssembly.Module(Buffer.from(kernelBase64, 'base64'));
  return new WebAssembly.Instance(module, { env: { memory } }).exports as WasmKernel;
};
