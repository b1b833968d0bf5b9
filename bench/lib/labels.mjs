/** The labels of outputs, and how far they agree. */
import { readRows } from '../../dist/io/read-output.js';

/** Best labels by file name. */
export async function labelsOf(output) {
  const labels = new Map();
  const columns = ['origin', 'status', 'pred_id', 'score', 'decode_path'];
  for await (const { origin, status, pred_id, score, decode_path } of readRows(output, { columns })) {
    if (status === 'predicted')
      labels.set(decodeURIComponent(origin.split('/').at(-1)), { pred_id, score, decode_path });
  }
  return labels;
}

const share = (count, all) => (all === 0 ? null : Number((count / all).toFixed(5)));

/** Share of equal top-1 among the names that both have, in all and by the road of the first. */
export function agreement(ours, theirs) {
  const roads = {};
  let equal = 0;
  let both = 0;
  for (const [name, { pred_id, decode_path }] of ours) {
    const other = theirs.get(name);
    if (other === undefined) continue;
    const same = pred_id[0] === other.pred_id[0];
    both++;
    if (same) equal++;
    roads[decode_path] ??= { images: 0, equal: 0 };
    roads[decode_path].images++;
    if (same) roads[decode_path].equal++;
  }
  for (const road of Object.values(roads)) road.share = share(road.equal, road.images);
  return { images: both, equal, share: share(equal, both), roads };
}

/** Top-1 and top-5 against the class in the file names (`n01443537_goldfish.JPEG`). */
export function accuracy(labels) {
  let [images, first, five] = [0, 0, 0];
  for (const [name, { pred_id }] of labels) {
    const truth = /(n\d{8})_/.exec(name)?.[1];
    if (truth === undefined) continue;
    images++;
    if (pred_id[0] === truth) first++;
    if (pred_id.slice(0, 5).includes(truth)) five++;
  }
  return { images, top1: share(first, images), top5: share(five, images) };
}

/**
 * Against reference predictions `{name: [[id, label, score], …]}`: equal top-1, and the share of images on which all scores
 * of labels that both have lie within each tolerance.
 */
export function againstReference(labels, reference, tolerances) {
  const differences = [];
  let equal = 0;
  for (const [name, expected] of Object.entries(reference)) {
    const found = labels.get(name);
    if (found === undefined) continue;
    if (found.pred_id[0] === expected[0][0]) equal++;
    const scores = new Map(found.pred_id.map((id, i) => [id, found.score[i]]));
    const both = expected.filter(([id]) => scores.has(id));
    differences.push(Math.max(0, ...both.map(([id, , score]) => Math.abs(scores.get(id) - score))));
  }
  const images = differences.length;
  const within = (limit) => share(differences.filter((difference) => difference <= limit).length, images);
  return {
    images,
    missing: Object.keys(reference).length - images,
    top1: share(equal, images),
    within: Object.fromEntries(tolerances.map((limit) => [limit, within(limit)])),
    worstScore: Number(Math.max(0, ...differences).toFixed(4)),
  };
}
