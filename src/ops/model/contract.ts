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
  /** SHA-256 over everything that changes scores (files, labels, preprocessing): the model's identity in a job. */
  readonly sha256: string;
  readonly input: {
    /** Null: the model's only input. An open engine's own contract always holds the name. */
    readonly name: string | null;
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
  readonly output: {
    /** Null: the model's only output. */
    readonly name: string | null;
    readonly kind: 'probabilities' | 'logits';
    readonly classes: number;
  };
  readonly embedding: { readonly name: string; readonly size: number } | null;
  readonly labels: readonly Label[];
}
