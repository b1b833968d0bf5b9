/**
 * The page's only script: picks tiles by label or name, status and score. Without it the page shows all of them. It makes no
 * markup and asks nothing of a network.
 */
export const reportScript = `(() => {
  'use strict';
  const form = document.getElementById('pick');
  const shown = document.getElementById('shown');
  if (form === null || shown === null) return;
  const tiles = [...document.querySelectorAll('.tile')];
  const { words, status, from, to } = form.elements;
  const apply = () => {
    const wanted = words.value.trim().toLowerCase();
    const low = from.value === '' ? 0 : Number(from.value);
    const high = to.value === '' ? 1 : Number(to.value);
    const anyScore = low <= 0 && high >= 1;
    let count = 0;
    for (const tile of tiles) {
      const { words: text, status: its, score } = tile.dataset;
      const keep =
        text.includes(wanted) &&
        (status.value === '' || its === status.value) &&
        (anyScore || (score !== '' && Number(score) >= low && Number(score) <= high));
      tile.hidden = !keep;
      if (keep) count += 1;
    }
    shown.textContent = count === tiles.length ? 'All ' + count + ' shown' : count + ' of ' + tiles.length + ' shown';
  };
  form.addEventListener('input', apply);
  form.addEventListener('submit', (event) => event.preventDefault());
  form.addEventListener('reset', () => setTimeout(apply));
  document.addEventListener('click', (event) => {
    const link = event.target instanceof Element ? event.target.closest('[data-pick]') : null;
    if (link === null) return;
    form.reset();
    words.value = link.dataset.pick;
    apply();
  });
  form.hidden = false;
  apply();
})();`;
