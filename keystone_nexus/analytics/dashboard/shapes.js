// One function for each way in which a panel is drawn: (panel, rows, width, chosen key) to elements.
const measured = (panel) => panel.measures.map((name) => panel.columns.find((column) => column.name === name));
const known = (value) => value !== "" && value != null;

// Days above which columns would be hairs.
const MANY_DAYS = 100;

const SHAPES = {
  columns: (panel, rows, width) => overTime(panel, rows, width, column),
  lines: (panel, rows, width) => overTime(panel, rows, width, line),
  days: (panel, rows, width) => [timeline(panel, rows, width, measured(panel)[0], rows.length > MANY_DAYS ? line : column, 200)],
  bars: (panel, rows, width, chosen) => [bars(panel, drawn(panel, rows).slice(0, 15), measured(panel), width, chosen)],
  map: mapAndBars,
  heat: (panel, rows, width) => [heat(panel, rows, width)],
};

// Small charts of one measure each, one below the other, over the same months.
function overTime(panel, rows, width, shape) {
  const columns = measured(panel);
  return columns.map((column, n) => timeline(panel, rows, width, column, shape, columns.length > 2 ? 118 : n ? 130 : 186));
}

function timeline(panel, rows, width, column, shape, height) {
  const [left, top, bottom] = [64, 34, 20];
  const points = panel.draw === "lines" ? steady(rows, column) : rows;
  const values = points.map((row) => Number(row[column.name]));
  const score = column.name === "review_score";
  const marks = score ? [1, 3, 5] : ticks(Math.max(...values, 0), column.kind === "count");
  const [low, high] = [marks[0], marks.at(-1)];
  const step = (width - left - 8) / rows.length;
  const x = (n) => left + (n + 0.5) * step;
  const y = (value) => top + (height - top - bottom) * (1 - (value - low) / (high - low));
  const grid = marks.flatMap((mark) => [
    node("line", { x1: left, x2: width - 8, y1: y(mark), y2: y(mark), class: "grid" }),
    text(left - 6, y(mark) + 4, tickLabel(column.kind, mark), { class: "axis", "text-anchor": "end" }),
  ]);
  const key = panel.columns[0];
  const every = Math.ceil((key.kind === "day" ? 68 : 58) / step);
  const times = rows.map((row, n) =>
    n % every ? null : text(x(n), height - 5, rowName(panel, row).replace(" 20", " "), { class: "axis", "text-anchor": "middle" }));
  // One area for all of them: two years are hundreds of days.
  const under = (event) => {
    const box = event.target.getBoundingClientRect();
    const place = Math.floor(((event.clientX - box.left) / box.width) * rows.length);
    return tip(panel, rows[Math.max(0, Math.min(place, rows.length - 1))]);
  };
  const area = told(under, node("rect", { x: left, y: top, width: step * rows.length, height: height - top - bottom, fill: "transparent" }));
  const heading = text(0, 11, score ? `${column.label} [1 to 5]` : column.label, { class: "heading" });
  return canvas(width, height, hatch(`hatch-${panel.name}`, "hatch inside"), ...grid, ...times, heading,
    ...shape(panel, points, column, { x, y, step, low }), peak(panel, points, column, x, y, width), area);
}

// A mean of a few is chance: rows with fewer than 30 are not drawn, unless there are no others.
const enough = (row, base) => Number(row[base]) >= 30;
const drawn = (panel, rows) =>
  panel.steady && rows.some((row) => enough(row, panel.steady)) ? rows.filter((row) => enough(row, panel.steady)) : rows;

function steady(rows, column) {
  const base = column.name === "review_score" ? "reviews" : "deliveries";
  if (!rows.some((row) => enough(row, base))) return rows;
  return rows.map((row) => (enough(row, base) ? row : { ...row, [column.name]: "" }));
}

function column(panel, rows, measure, { x, y, step, low }) {
  const wide = Math.min(step * 0.78, 48);
  return rows.flatMap((row, n) => {
    if (!known(row[measure.name])) return [];
    const place = { x: x(n) - wide / 2, width: wide, y: y(Number(row[measure.name])) };
    place.height = Math.max(0, y(low) - place.y);
    const part = row.month && CUBE.partial.includes(CUBE.months.indexOf(row.month.slice(0, 7)));
    return [node("rect", { ...place, class: "first" }), part ? node("rect", { ...place, fill: `url(#hatch-${panel.name})` }) : null];
  });
}

function line(panel, rows, measure, { x, y }) {
  const points = rows.map((row, n) => (known(row[measure.name]) ? [x(n), y(Number(row[measure.name]))] : null));
  const path = points.map((point, n) => (point ? `${points[n - 1] ? "L" : "M"}${point[0].toFixed(1)},${point[1].toFixed(1)}` : "")).join("");
  const dots = rows.length > MANY_DAYS ? [] : points;
  return [node("path", { d: path, class: "line" }), ...dots.map((p) => p && node("circle", { cx: p[0], cy: p[1], r: 2.6, class: "dot" }))];
}

// The highest value is written out.
function peak(panel, rows, measure, x, y, width) {
  const values = rows.map((row) => (known(row[measure.name]) ? Number(row[measure.name]) : -Infinity));
  const top = values.indexOf(Math.max(...values));
  if (top < 0 || !Number.isFinite(values[top])) return null;
  const at = Math.min(Math.max(x(top), 100), width - 40);
  return figure(panel, measure, rows[top], at, y(values[top]) - 5, { "text-anchor": "middle" });
}

// A row of bars for each row, a column of bars for each measure.
function bars(panel, rows, measures, width, chosen) {
  const key = panel.columns[0].name;
  const narrow = width < 420;
  const left = Math.min(narrow ? 118 : 186, 18 + 7.4 * Math.max(...rows.map((row) => cut(rowName(panel, row), 26).length)));
  const share = (width - left) / measures.length;
  const pitch = paper ? 16 : 22;
  const parts = measures.flatMap((measure, m) => {
    const start = left + m * share;
    const highest = Math.max(...rows.map((row) => Number(row[measure.name]) || 0));
    const room = Math.max(share - 86, 10);
    return [
      text(start, 12, measure.label, { class: "heading" }),
      ...rows.flatMap((row, n) => {
        const long = highest > 0 ? (Math.max(Number(row[measure.name]), 0) / highest) * room : 0;
        const y = 20 + n * pitch;
        return [
          node("rect", { x: start, y, width: long, height: pitch - 6, class: `${m ? "second" : "first"}${row[key] === chosen ? " chosen" : ""}` }),
          figure(panel, measure, row, start + long + 5, y + pitch / 2 + 1),
        ];
      }),
    ];
  });
  const names = rows.map((row, n) => {
    const marked = row[key] === chosen ? "▸ " : "";
    return text(left - 8, 21.5 + (n + 0.5) * pitch, marked + cut(rowName(panel, row), narrow ? 15 : 26), { "text-anchor": "end", "font-weight": marked ? 700 : null });
  });
  const areas = rows.map((row, n) => told(() => tip(panel, row), node("rect", { x: 0, y: 17 + n * pitch, width, height: pitch, fill: "transparent" })));
  return canvas(width, 22 + rows.length * pitch, ...parts, ...names, ...areas);
}

const rowName = (panel, row) => written(panel.columns[0].kind, row[panel.columns[0].name]);

function mapAndBars(panel, rows, width, chosen, measureName) {
  const measure = panel.columns.find((one) => one.name === measureName);
  const sorted = rows.filter((row) => known(row[measure.name])).sort((a, b) => Number(b[measure.name]) - Number(a[measure.name]));
  const side = document.createElement("div");
  side.className = "side";
  const half = width >= 690 ? (width - 16) * 6 / 11 : width;
  side.append(outlines(panel, sorted, measure, chosen, width), bars(panel, sorted, [measure], half, chosen));
  return [side];
}

function outlines(panel, rows, measure, chosen, width) {
  const size = width < 500 ? 15 : 11;
  const found = new Map(rows.map((row) => [row.state, row]));
  const shade = shading(rows.map((row) => Number(row[measure.name])), ["money", "count"].includes(measure.kind) && measure.name !== "average_order_value");
  const shapes = Object.entries(MAP.states).map(([code, state]) => {
    const row = found.get(code);
    const fill = row ? shade(Number(row[measure.name])) : "url(#hatch-map)";
    const words = () => (row ? tip(panel, row) : `${code} – ${state.name}\nnone`);
    return told(words, node("path", { d: state.path, style: `fill:${fill}`, class: `outline${code === chosen ? " chosen" : ""}`, "data-state": code }));
  });
  // The chosen one last, so that no neighbour covers its border.
  shapes.sort((a, b) => a.classList.contains("chosen") - b.classList.contains("chosen"));
  const names = Object.entries(MAP.states).map(([code, state]) =>
    text(state.label[0], state.label[1] + 4, code, { class: "rim", style: `font-size:${size}px`, "text-anchor": "middle" }));
  return canvas(MAP.width, MAP.height, hatch("hatch-map"), ...shapes, ...names, ...legend(rows, measure, shade, size));
}

function shading(values, logarithmic) {
  const scale = (value) => (logarithmic ? Math.log10(Math.max(value, 1)) : value);
  const [low, high] = [Math.min(...values.map(scale)), Math.max(...values.map(scale))];
  return (value) => {
    const part = high > low ? (scale(value) - low) / (high - low) : 1;
    return `color-mix(in oklab, var(--high) ${(part * 100).toFixed(0)}%, var(--low))`;
  };
}

function legend(rows, measure, shade, size) {
  if (!rows.length) return [];
  const ends = [rows.at(-1), rows[0]].slice(rows.length > 1 ? 0 : 1).map((row) => row[measure.name]);
  return ends.flatMap((value, n) => [
    node("rect", { x: 20, y: 560 + n * 26, width: 18, height: 18, style: `fill:${shade(Number(value))}` }),
    text(46, 574 + n * 26, `${n < ends.length - 1 ? "least" : "most"}: ${brief(measure.kind, value)}`, { style: `font-size:${size + 2}px` }),
  ]);
}

// Cells of shares, months down and months since across.
function heat(panel, rows, width) {
  const columns = measured(panel).filter((column) => rows.some((row) => known(row[column.name])));
  const [left, pitch] = [150, paper ? 16 : 21];
  width = Math.max(width, 690);
  const step = (width - left) / Math.max(columns.length, 1);
  const many = (row) => enough(row, "customers");
  const top = Math.max(...rows.filter(many).flatMap((row) => columns.map((c) => Number(row[c.name]) || 0)), 0);
  const heads = columns.map((c, n) => text(left + (n + 0.5) * step, 12, width < 700 ? c.label.slice(6) : c.label, { class: "axis", "text-anchor": "middle" }));
  const cells = rows.flatMap((row, r) => [
    text(left - 8, 24 + (r + 0.5) * pitch, `${month(row.month)} · ${written("count", row.customers)}`, { "text-anchor": "end" }),
    ...columns.flatMap((c, n) => {
      if (!known(row[c.name])) return [];
      const part = many(row) && top > 0 ? Number(row[c.name]) / top : 0;
      const fill = many(row) ? `color-mix(in oklab, var(--accent) ${(part * 60).toFixed(0)}%, var(--paper))` : "none";
      const place = { x: left + n * step, y: 20 + r * pitch, width: step - 1, height: pitch - 1 };
      return [
        node("rect", { ...place, style: `fill:${fill}` }),
        figure(panel, c, row, place.x + step / 2, place.y + pitch / 2 + 4, { "text-anchor": "middle", class: step < 44 ? "axis" : null }),
        told(() => tip(panel, row), node("rect", { ...place, fill: "transparent" })),
      ];
    }),
  ]);
  const drawn = canvas(width, 24 + rows.length * pitch, text(left - 8, 12, "First order · persons", { class: "heading", "text-anchor": "end" }), ...heads, ...cells);
  drawn.classList.add("broad");
  return drawn;
}
