import { describe, expect, test } from 'vitest';
import { renderSummary, summaryJson } from '../../src/cli/summary.js';
import type { JobSpec } from '../../src/io/job-spec.js';
import type { JobResult } from '../../src/node/run-job.js';
import { type RunSummary, summarise } from '../../src/node/run-summary.js';
import { defaultPipeline } from '../../src/ops/options.js';

const summary: RunSummary = {
  job: 'j-1',
  output: '/data/my labels',
  accepted: 3_400,
  predicted: 3_385,
  filtered: 12,
  failed: 3,
  failures: {
    empty: { count: 1, example: 'file:///data/zero.jpg' },
    truncated: { count: 2, example: 'file:///data/cut.jpg: the file ends early' },
  },
  ignored: 214,
  seconds: 8.76543,
  imagesPerSecond: 387.889,
  model: 'efficientnet-lite0',
  precision: 'int8',
  decode: 'auto',
  engine: 'onnxruntime-node 1.30.0',
  roads: { 'sharp:scaled': 300, 'napi:full': 3_085 },
  times: { read: 400, decode: 7_600, resize: 2_000, predict: 10_000 },
  resumed: 0,
};

describe('the summary', () => {
  test('says what became of every input, why, where the time went and what to do next', () => {
    expect(renderSummary(summary).split('\n')).toEqual([
      '3,400 accepted = 3,385 predicted + 12 filtered + 3 failed',
      "time     8.77 s, 387.9 img/s; of the executors' time read 2 %, decode 38 %, resize 10 %, predict 50 %",
      'failed   2 truncated  file:///data/cut.jpg: the file ends early',
      '         1 empty      file:///data/zero.jpg',
      'decoded  3,085 napi:full, 300 sharp:scaled',
      'model    efficientnet-lite0 int8 on onnxruntime-node 1.30.0, decode auto',
      'ignored  214 other files ignored (--all-files takes them)',
      'output   /data/my labels',
      "next     imgctl show '/data/my labels'   imgctl report '/data/my labels'",
      '',
    ]);
  });

  test('is silent about what there is not', () => {
    const bare: RunSummary = {
      ...summary,
      output: null,
      predicted: 3_388,
      failed: 0,
      failures: {},
      ignored: 0,
      roads: {},
      times: { read: null, decode: 0, resize: 0, predict: 0 },
    };
    expect(renderSummary(bare).split('\n')).toEqual([
      '3,400 accepted = 3,388 predicted + 12 filtered + 0 failed',
      'time     8.77 s, 387.9 img/s',
      'model    efficientnet-lite0 int8 on onnxruntime-node 1.30.0, decode auto',
      '',
    ]);
  });

  test('of a resumed run says what was there; of a complete output claims no speed and no engine', () => {
    const text = renderSummary({ ...summary, resumed: 3_400, imagesPerSecond: 0, engine: 'none', ignored: 1 });
    expect(text).toContain('resumed  3,400 rows were there already\n');
    expect(text).toMatch(/^time {5}8.77 s; of/m);
    expect(text).toContain('model    efficientnet-lite0 int8, decode auto\n');
    expect(text).toContain('ignored  1 other file ignored (--all-files takes it)\n');
  });

  test('names decoding with the reading in it where reading is not measured apart', () => {
    const text = renderSummary({ ...summary, times: { ...summary.times, read: null } });
    expect(text).toContain('read and decode 39 %, resize 10 %, predict 51 %');
  });

  test('cries out when the sum is wrong', () => {
    expect(renderSummary({ ...summary, failed: 2 })).toMatch(
      /^3,400 accepted ≠ 3,385 predicted \+ 12 filtered \+ 2 failed = 3,399: rows are missing or double\n/,
    );
  });

  test('shows control characters of a name instead of sending them', () => {
    const failures = { corrupt: { count: 1, example: 'a\u001b]0;x\u0007' } };
    expect(renderSummary({ ...summary, failures })).toContain('a\\u001b]0;x\\u0007');
  });

  test('is coloured on a terminal alone', () => {
    expect(renderSummary(summary)).not.toContain('\u001b');
    const { NO_COLOR, TERM } = process.env;
    delete process.env.NO_COLOR;
    process.env.TERM = 'xterm';
    try {
      expect(renderSummary(summary, { isTTY: true })).toContain('\u001b[1m3,400 accepted\u001b[22m');
    } finally {
      if (NO_COLOR !== undefined) process.env.NO_COLOR = NO_COLOR;
      if (TERM === undefined) delete process.env.TERM;
      else process.env.TERM = TERM;
    }
  });
});

test('the JSON is exactly the promised object', () => {
  expect(JSON.stringify(summaryJson(summary))).toBe(
    '{"job":"j-1","output":"/data/my labels","accepted":3400,"predicted":3385,"filtered":12,"failed":3,' +
      '"seconds":8.765,"images_per_second":387.9,"model":"efficientnet-lite0","precision":"int8","decode":"auto",' +
      '"engine":"onnxruntime-node 1.30.0"}',
  );
});

describe('a result', () => {
  const spec: JobSpec = {
    inputs: [],
    sample: null,
    except: null,
    failedOf: null,
    pipeline: defaultPipeline,
    model: { name: 'm', precision: 'int8', engine: 'onnx', sha256: 'ab' },
    format: 'parquet',
    listArrays: false,
    annotate: false,
  };
  const result: JobResult = {
    job: 'j-1',
    engine: 'onnxruntime-node 1.30.0',
    progress: {
      accepted: 100,
      listed: true,
      done: 100,
      predicted: 38,
      filtered: 0,
      failed: 2,
      failures: { empty: { count: 2, example: 'file:///a' } },
      roads: { full: 38 },
      bytesDone: 1,
      bytesTotal: 1,
      resumed: { done: 0, bytes: 0 },
    },
    ignored: 5,
    found: 60,
    times: { decode: 1, resize: 2, predict: 3 },
    restarts: {},
    manifest: null,
    changes: null,
  };
  const run = { output: 'out', seconds: 4 };

  test('of a resumed run counts the rows of all runs, and the speed of this one', () => {
    const manifest = {
      job: 'j-1',
      accepted: 100,
      predicted: 94,
      filtered: 1,
      failed: 5,
      failures: { empty: 4, corrupt: 1 },
      parts: [],
      versions: {},
      finished: '',
    };
    expect(summarise({ ...result, manifest }, spec, run)).toMatchObject({
      accepted: 100,
      predicted: 94,
      filtered: 1,
      failed: 5,
      failures: { empty: { count: 4, example: 'file:///a' }, corrupt: { count: 1, example: '' } },
      imagesPerSecond: 10,
      resumed: 60,
      model: 'm',
      precision: 'int8',
      decode: 'auto',
      ignored: 5,
      times: { read: null, decode: 1, resize: 2, predict: 3 },
    });
  });

  test('without an output counts its own rows', () => {
    const summary = summarise({ ...result, found: 0 }, spec, { output: null, seconds: 0 });
    expect(summary).toMatchObject({ predicted: 38, failed: 2, imagesPerSecond: 0, output: null });
    expect(summary.failures).toEqual({ empty: { count: 2, example: 'file:///a' } });
  });
});
