// The tooltip: one period, every visible series, largest part of the page's look and therefore our own elements.
import { colour, swatch } from "./chart_colours.js";
import { period, whole } from "./chart_money.js";

export function tooltip(data) {
  return {
    trigger: "axis",
    confine: true,
    renderMode: "html",
    className: "tip-box",
    backgroundColor: "transparent",
    borderWidth: 0,
    padding: 0,
    extraCssText: "box-shadow: none;",
    axisPointer: { type: "line", lineStyle: { color: colour("ink-faint"), type: "solid" } },
    formatter: (points) => tip(points, data),
  };
}

function tip(points, data) {
  const box = element("div", "tip");
  box.append(element("strong", "", period(data.periods[points[0].dataIndex])));
  const list = document.createElement("dl");
  for (const point of points) {
    const series = data.series.find((one) => one.name === point.seriesName);
    if (!series || (!point.value && series.role !== "result")) continue;
    list.append(...line(series, point.value, data));
  }
  box.append(list);
  return box;
}

function line(series, amount, data) {
  const weight = series.role === "result" ? "total" : "";
  return [swatch(series, data), element("dt", weight, series.name), element("dd", weight, whole(amount, data.currency))];
}

function element(tag, className, text = "") {
  const made = document.createElement(tag);
  if (className) made.className = className;
  made.textContent = text;
  return made;
}

// The same in one sentence, for screen readers.
export function sentence(index, data) {
  const parts = data.series
    .filter((series) => series.values[index])
    .map((series) => `${series.name} ${whole(series.values[index], data.currency)}`);
  return `${period(data.periods[index])}: ${parts.join(", ")}`;
}
