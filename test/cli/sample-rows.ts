import type { Row } from '../../src/ops/row.js';

export const predictedRow: Row = {
  index: 0,
  origin: 'file:///data/garbage%20truck.jpg',
  height: 375,
  width: 500,
  mode: 16,
  nChannels: 3,
  format: 'jpeg',
  bytes: 51_234,
  sha256: 'ab',
  status: 'predicted',
  reason: null,
  message: null,
  pred_id: ['n03417042', 'n03770679'],
  label: ['garbage_truck', 'minivan'],
  score: [Math.fround(0.9651234), Math.fround(0.0000123)],
  locality: 'local',
  node: 'here',
  attempt: 'a1',
  decode_path: 'full',
  decode_ms: 2,
  resize_ms: 1,
  predict_ms: 3,
};

const unread = { pred_id: null, label: null, score: null, decode_path: null, decode_ms: null } as const;

export const filteredRow: Row = {
  ...predictedRow,
  ...unread,
  index: 1,
  origin: 'file:///data/camera.png',
  height: 512,
  width: 512,
  mode: 0,
  nChannels: 1,
  status: 'filtered',
  reason: 'nChannels > 2',
};

export const failedRow: Row = {
  ...predictedRow,
  ...unread,
  index: 2,
  origin: 'file:///data/broken%FF.jpg',
  height: null,
  width: null,
  mode: null,
  nChannels: null,
  status: 'failed',
  reason: 'truncated',
  message: 'the file ends in the middle of its pixels',
};
