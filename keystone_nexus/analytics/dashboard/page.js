// Filters, tiles, tables and charts: everything that is shown follows from the filter.
const DATA = JSON.parse(document.getElementById("data").textContent);
const CUBE = new Cube(DATA.cube);
const MAP = DATA.map;
const LAST = CUBE.months.length - 1;
const form = document.getElementById("filters");
const control = (name) => form.elements.namedItem(name);

function filterNow() {
  const [a, b] = [control("from").selectedIndex, control("to").selectedIndex];
  return {
    from: Math.max(Math.min(a, b), 0),
    to: Math.max(a, b),
    state: CUBE.states.indexOf(control("state").value) + 1,
    category: CUBE.categories.indexOf(control("category").value) + 1,
  };
}

const filtersSet = (filter) =>
  [["period", filter.from > 0 || filter.to < LAST], ["state", filter.state > 0], ["category", filter.category > 0]]
    .filter(([, set]) => set).map(([name]) => name);

// Rows of a panel under a filter, or null where it cannot follow it.
function rowsOf(panel, filter, figures) {
  const set = filtersSet(filter);
  if (set.some((name) => !panel.obeys.includes(name))) return null;
  if (panel.source) return summed(panel, filter, figures(panel.source), set.length === 0);
  const rows = panel.rows[panel.scoped && filter.state ? CUBE.states[filter.state - 1] : ""] ?? [];
  return panel.obeys.includes("period") ? rows.filter((row) => within(row[panel.columns[0].name], filter)) : rows;
}

const within = (day, filter) => day.slice(0, 7) >= CUBE.months[filter.from] && day.slice(0, 7) <= CUBE.months[filter.to];

function summed(panel, filter, figures, unfiltered) {
  const key = panel.columns[0].name;
  const names = { month: CUBE.months.map((one) => `${one}-01`), state: CUBE.states, category: CUBE.categories }[panel.source];
  const fixed = unfiltered ? new Map((panel.rows[""] ?? []).map((row) => [row[key], row])) : new Map();
  let rows = figures.map((one, member) => ({ ...one, ...fixed.get(names[member]), [key]: names[member] }));
  if (panel.source === "month") rows = rows.slice(filter.from, filter.to + 1);
  if (panel.needs) rows = rows.filter((row) => row[panel.needs] !== "0");
  const by = panel.order;
  return by ? rows.sort((a, b) => Number(b[by]) - Number(a[by]) || (a[key] < b[key] ? -1 : 1)) : rows;
}

function show() {
  const filter = filterNow();
  const kept = {};
  const figures = (by) => (kept[by] ??= CUBE.figures(filter, by));
  showTiles(filter, figures("")[0]);
  for (const panel of DATA.panels) showPanel(panel, filter, rowsOf(panel, filter, figures));
  document.getElementById("showing").textContent = LAST < 0 ? "No orders yet" : `Shown: ${inWords(filter)}`;
}

function inWords(filter) {
  const period = filtersSet(filter).includes("period") ? span(filter.from, filter.to) : "all months";
  const state = filter.state ? control("state").selectedOptions[0].text : "all states";
  const category = filter.category ? control("category").selectedOptions[0].text : "all categories";
  return `${period}, ${state}, ${category}`;
}

const span = (from, to) => (from === to ? month(CUBE.months[from]) : `${month(CUBE.months[from])} to ${month(CUBE.months[to])}`);

// Which two periods of one length a change compares: the chosen one and that before it; with none chosen the last whole
// months, a year at most, and those before them.
function periods(filter) {
  if (filtersSet(filter).includes("period")) {
    const length = filter.to - filter.from + 1;
    return filter.from < length ? null : [[filter.from, filter.to], [filter.from - length, filter.from - 1]];
  }
  const whole = CUBE.months.map((_, n) => n).filter((n) => !CUBE.partial.includes(n));
  const length = Math.min(12, Math.floor(whole.length / 2));
  if (!length) return null;
  const end = whole.at(-1);
  return [[end - length + 1, end], [end - 2 * length + 1, end - length]];
}

function showTiles(filter, total) {
  const pair = periods(filter);
  const [now, before] = pair ? pair.map(([from, to]) => CUBE.figures({ ...filter, from, to })[0]) : [null, null];
  document.getElementById("compared").textContent = pair
    ? `Change: ${span(...pair[0])} against ${span(...pair[1])}`
    : "Change: the data holds no earlier period of this length";
  for (const tile of DATA.tiles) {
    const value = document.querySelector(`[data-kpi="${tile.kpi}"]`);
    value.dataset.value = total[tile.kpi];
    value.textContent = tile.kpi === "revenue" ? shortMoney(total.revenue) : written(tile.kind, total[tile.kpi]);
    showChange(tile, now && change(tile, now[tile.kpi], before[tile.kpi]));
  }
}

// The exact change: a difference for means and shares, else a ratio; empty where there is nothing to compare with.
function change(tile, now, before) {
  if (!known(now) || !known(before)) return "";
  const [a, b] = [now, before].map((one) => Math.round(Number(one) * 1e6));
  return tile.points ? decimal(BigInt(a - b), 6) : b > 0 ? ratio(a - b, b) : "";
}

function showChange(tile, exact) {
  const shownIn = document.querySelector(`[data-change="${tile.kpi}"]`);
  shownIn.className = "change needs-script";
  shownIn.dataset.kpi = `${tile.kpi}.change`;
  shownIn.dataset.value = exact ?? "";
  shownIn.textContent = exact ? changeInWords(tile, exact) : exact === "" ? "– nothing to compare with" : "";
  const rises = Number(exact);
  if (!/[▲▼]/.test(shownIn.textContent) || !tile.better) return;
  const good = (rises > 0) === (tile.better === "up");
  shownIn.classList.add(good ? "good" : "bad");
  shownIn.textContent += good ? "" : ", worse";
}

function changeInWords(tile, exact) {
  const size = exact.replace("-", "");
  const unit = !tile.points ? " %" : tile.kind === "share" ? " points" : tile.kind === "tenths" ? " days" : "";
  const written = tile.points && tile.kind !== "share" ? rounded(size, tile.kind === "tenths" ? 1 : 2) : rounded(size, 1, 2);
  if (!Number(exact)) return "unchanged";
  return Number(written) === 0 ? "about the same" : `${Number(exact) > 0 ? "▲ up" : "▼ down"} ${written}${unit}`;
}

// What rows that are not summed here depend on: a panel that would show the same again is left as it is.
const viewOf = (panel, filter, rows) =>
  panel.source ? "" : JSON.stringify([!rows, paper, window.innerWidth, panel.scoped && filter.state, panel.obeys.includes("period") && [filter.from, filter.to]]);

function showPanel(panel, filter, rows) {
  const section = document.getElementById(panel.name);
  const view = viewOf(panel, filter, rows);
  if (view && section.dataset.view === view) return;
  section.dataset.view = view;
  const nothing = !rows || !rows.some((row) => panel.measures.some((name) => Number(row[name]) > 0));
  const notice = section.querySelector(".empty");
  notice.hidden = !nothing;
  notice.textContent = rows ? panel.empty : `Not available under this filter: this chart ${follows(panel)}.`;
  section.querySelector("details").hidden = nothing;
  section.querySelector("tbody").replaceChildren(...tableRows(panel, section, rows ?? []));
  const chart = section.querySelector(".chart");
  chart.hidden = nothing;
  if (nothing) return chart.replaceChildren();
  const chosen = panel.source === "state" ? CUBE.states[filter.state - 1] : panel.source === "category" ? CUBE.categories[filter.category - 1] : undefined;
  const measure = section.querySelector("[data-measure]")?.value;
  chart.setAttribute("role", "img");
  chart.setAttribute("aria-label", `${panel.title}: ${inWords(filter)}. The table below has the figures.`);
  return chart.replaceChildren(...SHAPES[panel.draw](panel, rows, room(section, chart), chosen, measure));
}

// On paper the layout is not there yet when the charts are drawn: two columns of an A4 page.
let paper = false;
const room = (section, chart) =>
  paper ? (section.classList.contains("wide") ? 690 : 335) : Math.max(chart.clientWidth, 280);

const follows = (panel) => (panel.obeys.length ? `follows the ${panel.obeys.join(" and the ")} only` : "is of the whole data");
const highest = (panel, rows) =>
  Object.fromEntries(panel.columns.filter((c) => c.drawn).map((c) => [c.name, Math.max(...rows.map((row) => Number(row[c.name]) || 0))]));

// Rows of gold that no filter changes are those of the page as it was written; all others are made anew.
const WRITTEN_ROWS = new Map();

function tableRows(panel, section, rows) {
  if (panel.source || panel.scoped) {
    const tops = highest(panel, rows);
    return rows.map((row) => tableRow(panel, row, tops));
  }
  if (!WRITTEN_ROWS.has(panel.name)) {
    const made = section.querySelector("tbody").rows;
    WRITTEN_ROWS.set(panel.name, new Map(panel.rows[""].map((row, n) => [row, made[n]])));
  }
  return rows.map((row) => WRITTEN_ROWS.get(panel.name).get(row));
}

function tableRow(panel, row, tops) {
  const made = document.createElement("tr");
  panel.columns.forEach((column, n) => made.append(tableCell(panel, column, row, n, tops)));
  return made;
}

function tableCell(panel, column, row, n, tops) {
  const made = document.createElement(n ? "td" : "th");
  made.textContent = shown(column, row);
  if (!n) made.scope = "row";
  if (!n || ["name", "id", "month", "day"].includes(column.kind)) return made;
  made.className = `figure${column.drawn ? " drawn" : ""}`;
  if (column.drawn) made.style.setProperty("--part", `${tops[column.name] > 0 ? ((Number(row[column.name]) / tops[column.name]) * 100).toFixed(1) : 0}%`);
  made.dataset.kpi = `${panel.name}.${column.name}`;
  made.dataset.key = row[panel.columns[0].name];
  made.dataset.value = row[column.name] ?? "";
  return made;
}

// The filter stands in the address, so that a view can be kept and sent.
function readAddress() {
  for (const [name, value] of new URLSearchParams(location.hash.slice(1))) {
    const chosen = control(name);
    if (chosen && [...chosen.options].some((option) => option.value === value)) chosen.value = value;
  }
}

function writeAddress() {
  const filter = filterNow();
  const said = { from: filter.from > 0, to: filter.to < LAST, state: filter.state, category: filter.category };
  const kept = Object.keys(said).filter((name) => said[name]).map((name) => [name, control(name).value]);
  history.replaceState(null, "", `#${new URLSearchParams(kept)}`);
}

function changed() {
  writeAddress();
  show();
}

function listen() {
  form.addEventListener("change", changed);
  form.addEventListener("reset", () => setTimeout(changed));
  form.addEventListener("submit", (event) => event.preventDefault());
  document.querySelectorAll("[data-measure]").forEach((one) => one.addEventListener("change", show));
  document.addEventListener("click", (event) => {
    const state = event.target.dataset?.state;
    if (!state || !CUBE.states.includes(state)) return;
    control("state").value = control("state").value === state ? "" : state;
    changed();
  });
  window.addEventListener("hashchange", () => { form.reset(); readAddress(); setTimeout(show); });
  let wide = window.innerWidth;
  window.addEventListener("resize", () => { if (window.innerWidth !== wide) { wide = window.innerWidth; show(); } });
  window.addEventListener("beforeprint", () => { paper = true; show(); });
  window.addEventListener("afterprint", () => { paper = false; show(); });
  const box = document.getElementById("tip");
  document.addEventListener("pointermove", (event) => {
    const words = event.target.words;
    box.hidden = !words;
    if (!words) return;
    box.textContent = words(event);
    box.style.left = `${Math.max(4, Math.min(event.clientX + 14, window.innerWidth - box.offsetWidth - 8))}px`;
    box.style.top = `${Math.max(4, Math.min(event.clientY + 14, window.innerHeight - box.offsetHeight - 8))}px`;
  });
}

document.documentElement.classList.add("script");
document.querySelectorAll("details").forEach((one) => { one.open = false; });
readAddress();
listen();
show();
