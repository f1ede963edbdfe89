// The only place that names the vendored file; uplot.d.ts beside it gives the checker uPlot's types.
export { default } from "../vendor/uplot/uPlot.esm.js";
