import type { Fit, Kernel } from '../options.js';

export interface Label {
  /** WordNet id or any other identifier, Keras' first column. */
  readonly id: string;
  /** Keras' spelling: garbage_truck. */
  readonly label: string;
}

/** One runnable variant of a model package: files chosen, verified and resolved to absolute paths. */
export interface ModelContract {
  readonly name: string;
  readonly precision: string;
  readonly engine: 'onnx' | 'tfjs';
  /** Absolute path of the file that the engine opens. */
  readonly file: string;
  /** SHA-256 over the variant's files: the model's identity in a job. */
  readonly sha256: string;
  readonly input: {
    readonly name: string;
    readonly type: 'uint8' | 'float32';
    readonly layout: 'NHWC' | 'NCHW';
    readonly order: 'RGB' | 'BGR';
    readonly height: number;
    readonly width: number;
    /** float32 alone, in the model's channel order: value = (pixel - mean[c]) * scale[c], pixel 0 to 255. */
    readonly mean: readonly [number, number, number];
    readonly scale: readonly [number, number, number];
  };
  readonly fit: Fit;
  readonly kernel: Kernel;
  readonly output: { readonly name: string; readonly kind: 'probabilities' | 'logits'; readonly classes: number };
  readonly embedding: { readonly name: string; readonly size: number } | null;
  readonly labels: readonly Label[];
}
