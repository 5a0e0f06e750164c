// A figure that changed under the reader's eyes says what it was.
const seen = new Map();

export function markChangedMetrics() {
  document.addEventListener("DOMContentLoaded", remember);
  document.addEventListener("htmx:after:swap", compare);
  remember();
}

function tiles() {
  return document.querySelectorAll("[data-metric]");
}

function valueOf(tile) {
  return tile.querySelector(".value").textContent.trim();
}

function remember() {
  for (const tile of tiles()) seen.set(tile.dataset.metric, { now: valueOf(tile) });
}

// What it was stays beside it until it changes again, however often the part is fetched meanwhile.
function compare() {
  for (const tile of tiles()) {
    const [known, now] = [seen.get(tile.dataset.metric), valueOf(tile)];
    if (!known) seen.set(tile.dataset.metric, { now });
    else if (known.now !== now) seen.set(tile.dataset.metric, { now, was: known.now });
    const was = seen.get(tile.dataset.metric).was;
    tile.classList.toggle("changed", was !== undefined);
    tile.querySelector(".was").textContent = was === undefined ? "" : `was ${was}`;
  }
}
