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
  for (const tile of tiles()) seen.set(tile.dataset.metric, valueOf(tile));
}

function compare() {
  for (const tile of tiles()) {
    const [before, now] = [seen.get(tile.dataset.metric), valueOf(tile)];
    if (before !== undefined && before !== now) {
      tile.classList.add("changed");
      tile.querySelector(".was").textContent = `was ${before}`;
    }
  }
  remember();
}
