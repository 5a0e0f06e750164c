// From the server's description of a chart to ECharts' options.
import { colour, dash, seriesColour } from "./chart_colours.js";
import { period, short } from "./chart_money.js";
import { tooltip } from "./chart_tooltip.js";

const DASHES = ["solid", [7, 4], [2, 3], [10, 3, 2, 3]];

export function options(data, figure) {
  const calm = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
  return {
    animation: !calm,
    animationDuration: 350,
    animationDurationUpdate: 450,
    aria: { enabled: true, label: { description: figure.querySelector("figcaption")?.textContent.trim() } },
    grid: { left: 8, right: 16, top: data.marks?.length ? 28 : 16, bottom: data.periods.length > 12 ? 52 : 8, outerBoundsMode: "same" },
    textStyle: { fontFamily: getComputedStyle(document.body).fontFamily },
    legend: { show: false },
    tooltip: tooltip(data),
    dataZoom: data.periods.length > 12 ? zoom() : [],
    xAxis: timeAxis(data),
    yAxis: moneyAxis(data),
    series: data.series.map((series, index) => drawnSeries(series, data, index)),
  };
}

function timeAxis(data) {
  return {
    type: "category",
    data: data.periods,
    boundaryGap: data.series.some((series) => series.shape === "bar"),
    axisLine: { lineStyle: { color: colour("line-strong") } },
    axisTick: { show: false },
    axisLabel: { color: colour("ink-soft"), hideOverlap: true, formatter: period, margin: 10 },
  };
}

function moneyAxis(data) {
  return {
    type: "value",
    splitNumber: 5,
    splitLine: { lineStyle: { color: colour("line") } },
    axisLabel: { color: colour("ink-soft"), formatter: (amount) => short(amount, data.currency) },
  };
}

function drawnSeries(series, data, index) {
  const shade = seriesColour(series);
  const common = {
    id: series.name,
    name: series.name,
    data: series.values,
    stack: series.stack ?? undefined,
    itemStyle: { color: shade },
    emphasis: { disabled: true },
    z: series.shape === "line" ? 5 : 2,
  };
  if (series.shape === "bar") return { ...common, type: "bar", barMaxWidth: 26, barCategoryGap: "28%" };
  const line = { ...common, type: "line", symbol: "none", smooth: false, sampling: undefined };
  if (series.shape === "area") {
    return { ...line, lineStyle: { width: 0 }, areaStyle: { color: shade, opacity: 0.82 } };
  }
  return {
    ...line,
    lineStyle: { width: series.role === "result" ? 2.75 : 2, color: shade, type: DASHES[dash(series, data)] },
    markLine: index === data.series.length - 1 ? marks(data) : undefined,
  };
}

function marks(data) {
  if (!data.marks?.length) return undefined;
  return {
    silent: true,
    symbol: "none",
    animation: false,
    lineStyle: { color: colour("ink-faint"), type: [3, 3] },
    label: { color: colour("ink-soft"), fontSize: 11, position: "end", formatter: "{b}" },
    data: data.marks.map((mark) => ({ name: mark.label, xAxis: mark.period })),
  };
}

function zoom() {
  const quiet = { color: colour("ink-faint") };
  return [
    { type: "inside", zoomOnMouseWheel: "ctrl", moveOnMouseWheel: false, preventDefaultMouseMove: false },
    {
      type: "slider",
      height: 20,
      bottom: 6,
      brushSelect: false,
      showDetail: false,
      borderColor: "transparent",
      backgroundColor: colour("sunken"),
      fillerColor: colour("accent-wash"),
      handleStyle: { color: colour("card"), borderColor: colour("line-strong") },
      moveHandleStyle: { opacity: 0 },
      dataBackground: { lineStyle: { opacity: 0 }, areaStyle: { opacity: 0 } },
      selectedDataBackground: { lineStyle: { opacity: 0 }, areaStyle: { opacity: 0 } },
      textStyle: quiet,
    },
  ];
}
