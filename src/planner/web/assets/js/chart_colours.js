// How a series looks: the stylesheet's colour in the theme that is shown now, and a dash where a colour repeats.
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

// Lines of one sort share a colour and differ in their dashes: 0 is solid, then dashed, dotted, long dashes.
export function dash(series, data) {
  const before = data.series.slice(0, data.series.indexOf(series));
  return before.filter((other) => other.role === series.role).length % 4;
}

export function swatch(series, data) {
  const made = document.createElement("span");
  made.className = series.shape === "line" ? "swatch line" : "swatch";
  if (series.shape === "line") {
    made.style.borderTopColor = seriesColour(series);
    made.style.borderTopStyle = ["solid", "dashed", "dotted", "double"][dash(series, data)];
  } else {
    made.style.background = seriesColour(series);
  }
  return made;
}
