// Draws every figure.chart from the JSON inside it, and draws it again in place when that JSON changes.
import { BarChart, LineChart } from "echarts/charts";
import {
  AriaComponent,
  DataZoomComponent,
  GridComponent,
  LegendComponent,
  MarkLineComponent,
  TooltipComponent,
} from "echarts/components";
import * as echarts from "echarts/core";
import { CanvasRenderer } from "echarts/renderers";
import { addKeyboard } from "./chart_keys.js";
import { options } from "./chart_options.js";
import { addLegend, addZoom } from "./chart_tools.js";

echarts.use([
  AriaComponent,
  BarChart,
  CanvasRenderer,
  DataZoomComponent,
  GridComponent,
  LegendComponent,
  LineChart,
  MarkLineComponent,
  TooltipComponent,
]);

const drawn = new Map();

function draw(figure) {
  const canvas = figure.querySelector(".canvas");
  const text = figure.querySelector("script[type='application/json']").textContent;
  const known = drawn.get(canvas);
  if (known && known.text === text) return;
  const data = JSON.parse(text);
  const chart = known?.chart ?? start(canvas);
  drawn.set(canvas, { chart, text, figure, data });
  chart.setOption(options(data, figure), known ? { replaceMerge: ["series"] } : undefined);
  addLegend(figure, chart, data);
  addZoom(figure, chart, data);
  figure.dataset.drawn = String(Number(figure.dataset.drawn ?? 0) + 1);
}

function start(canvas) {
  const chart = echarts.init(canvas, null, { renderer: "canvas" });
  new ResizeObserver(() => chart.resize()).observe(canvas);
  addKeyboard(canvas, chart, () => drawn.get(canvas));
  return chart;
}

function drawAll() {
  for (const [canvas, { chart }] of drawn) {
    if (!canvas.isConnected) {
      chart.dispose();
      drawn.delete(canvas);
    }
  }
  document.querySelectorAll("figure.chart").forEach(draw);
}

function repaint() {
  for (const { chart, data, figure } of drawn.values()) {
    chart.setOption(options(data, figure), { replaceMerge: ["series"] });
    addLegend(figure, chart, data);
  }
}

drawAll();
document.addEventListener("htmx:after:swap", drawAll);
window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", repaint);
new MutationObserver(repaint).observe(document.documentElement, { attributeFilter: ["data-theme"] });
