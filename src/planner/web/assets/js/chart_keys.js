// Arrow keys walk along a chart; what the tooltip shows is also said aloud.
import { sentence } from "./chart_tooltip.js";

const STEPS = { ArrowLeft: -1, ArrowRight: 1, PageUp: -12, PageDown: 12, Home: -Infinity, End: Infinity };

export function addKeyboard(canvas, chart, current) {
  let index = -1;
  canvas.addEventListener("keydown", (event) => {
    const { data, figure } = current();
    if (event.key === "Escape") {
      chart.dispatchAction({ type: "hideTip" });
      return;
    }
    if (!(event.key in STEPS)) return;
    event.preventDefault();
    index = Math.max(0, Math.min(data.periods.length - 1, index + STEPS[event.key]));
    chart.dispatchAction({ type: "showTip", seriesIndex: 0, dataIndex: index });
    figure.querySelector(".spoken").textContent = sentence(index, data);
  });
  canvas.addEventListener("blur", () => chart.dispatchAction({ type: "hideTip" }));
}
