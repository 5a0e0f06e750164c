// The legend and the zoom as buttons: they can be tabbed to, pressed and read, which a canvas cannot.
import { swatch } from "./chart_colours.js";

const YEARS = [1, 2, 5, 10, 20, 30];

export function addLegend(figure, chart, data) {
  const list = figure.querySelector(".legend");
  const selected = chart.getOption().legend[0]?.selected ?? {};
  list.replaceChildren(...data.series.map((series) => legendItem(series, data, chart, selected[series.name] !== false)));
}

function legendItem(series, data, chart, isShown) {
  const button = document.createElement("button");
  button.type = "button";
  button.setAttribute("aria-pressed", String(isShown));
  button.append(swatch(series, data), series.name);
  button.addEventListener("click", () => {
    chart.dispatchAction({ type: "legendToggleSelect", name: series.name });
    button.setAttribute("aria-pressed", String(button.getAttribute("aria-pressed") !== "true"));
  });
  const item = document.createElement("li");
  item.append(button);
  return item;
}

export function addZoom(figure, chart, data) {
  const list = figure.querySelector(".zoom");
  const perYear = data.unit === "month" ? 12 : 1;
  const total = data.periods.length;
  const spans = YEARS.filter((years) => years * perYear < total - 1 && years * perYear >= 5);
  if (list.childElementCount === (spans.length ? spans.length + 1 : 0)) return;
  const choices = spans.map((years) => [`${years} y`, `Show ${years} years`, (100 * years * perYear) / (total - 1)]);
  if (spans.length) choices.push(["All", "Show all years", 100]);
  list.replaceChildren(...choices.map((choice) => zoomItem(choice, chart, list)));
}

function zoomItem([text, label, end], chart, list) {
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = text;
  button.setAttribute("aria-label", label);
  button.setAttribute("aria-pressed", String(end === 100));
  button.addEventListener("click", () => {
    chart.dispatchAction({ type: "dataZoom", start: 0, end });
    for (const other of list.querySelectorAll("button")) other.setAttribute("aria-pressed", String(other === button));
  });
  const item = document.createElement("li");
  item.append(button);
  return item;
}
