// The few shapes of which charts are made. Text enters as text nodes only, so data cannot become markup.
const SVG = "http://www.w3.org/2000/svg";

function node(tag, attributes = {}, ...children) {
  const made = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) if (value != null) made.setAttribute(name, value);
  made.append(...children.filter((child) => child != null));
  return made;
}

const text = (x, y, words, attributes = {}) => node("text", { x, y, ...attributes }, words);
const canvas = (width, height, ...children) =>
  node("svg", { viewBox: `0 0 ${width} ${height}`, width, height, "aria-hidden": "true", focusable: "false" }, ...children);

// Lines at an angle, for what has no value or a part of one: told apart without colour.
function hatch(id, kind = "hatch") {
  const line = node("path", { d: "M0,6L6,0", class: kind, "stroke-width": 1.4 });
  return node("defs", {}, node("pattern", { id, width: 6, height: 6, patternUnits: "userSpaceOnUse" }, line));
}

// A figure in a chart, marked as every figure of the page.
const figure = (panel, column, row, x, y, attributes = {}) =>
  text(x, y, brief(column.kind, row[column.name]), {
    "data-kpi": `${panel.name}.${column.name}`,
    "data-key": row[panel.columns[0].name],
    "data-value": row[column.name],
    ...attributes,
  });

// A mark that tells a pointer over it some words, which are put together only then.
const told = (words, mark) => Object.assign(mark, { words });

// What a pointer over a row's mark is told: its name and all figures.
function tip(panel, row) {
  const [key, ...others] = panel.columns;
  return [label(panel, row), ...others.map((c) => `${c.label}: ${shown(c, row)}`)].join("\n") || key.label;
}

const shown = (column, row) => (row[column.name] === undefined ? "not available" : written(column.kind, row[column.name]));
const label = (panel, row) => {
  const key = panel.columns[0];
  const name = written(key.kind, row[key.name]);
  return panel.source === "state" && MAP.states[name] ? `${name} – ${MAP.states[name].name}` : name;
};
const cut = (words, most) => (words.length > most ? `${words.slice(0, most - 1)}…` : words);

// Round steps from 0 to at least the highest value.
function ticks(highest, whole, wanted = 3) {
  if (!(highest > 0) || (whole && highest <= 1)) return [0, 1];
  const rough = highest / wanted;
  const power = 10 ** Math.floor(Math.log10(rough));
  let step = power * [1, 2, 2.5, 5, 10].find((one) => one * power >= rough * 0.999);
  if (whole) step = Math.ceil(step);
  return Array.from({ length: Math.ceil(highest / step - 0.001) + 1 }, (_, n) => Number((n * step).toPrecision(6)));
}

const plain = (value) => (Number.isFinite(value) ? value.toFixed(6).replace(/\.?0+$/, "") : "0");
function tickLabel(kind, value) {
  if (kind === "money") return shortMoney(plain(value)).replace(".0 ", " ");
  if (kind === "share") return `${Number((value * 100).toPrecision(4))} %`;
  return value.toLocaleString("en-US");
}
