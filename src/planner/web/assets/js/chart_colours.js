// The chart colours of the stylesheet, as they are in the theme that is shown now.
const probe = document.createElement("span");
probe.className = "unseen";

export function colour(name) {
  if (!probe.isConnected) document.body.append(probe);
  probe.style.color = `var(--${name})`;
  return getComputedStyle(probe).color;
}

export function seriesColour(series) {
  return colour(`chart-${series.role}`);
}
