import type { Slot } from '../micro-batch.js';
import { topK } from '../top-k.js';
import { failed, type Stage } from './stage.js';

/** The batch's scores to the best labels. Scores that are no numbers are a failure, never a score. */
export const predict: Stage = {
  name: 'predict',
  async run(frame, { options, contract }) {
    const scores = await (frame.slot as Slot).predict();
    const best = topK(scores.probabilities, 0, contract.output.classes, options.top);
    if (best === null)
      return failed({ code: 'predict_error', message: `the model ${contract.name} gave scores that are not numbers` });
    const labels = Array.from(best.indices, (i) => contract.labels[i]!);
    return {
      ...frame,
      columns: {
        ...frame.columns,
        pred_id: labels.map((label) => label.id),
        label: labels.map((label) => label.label),
        score: Array.from(best.scores),
        predict_ms: scores.predictMs,
        ...(options.columns.includes('predictions') && { predictions: scores.probabilities.slice() }),
        ...(options.columns.includes('embedding') && { embedding: scores.embedding?.slice() ?? null }),
      },
    };
  },
};
