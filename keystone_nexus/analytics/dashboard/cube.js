// The sums behind the filters. A filter is {from, to, state, category}: months by their place, 0 for all of the others.
const MEASURES = ["orders", "bare", "items", "cents", "deliveries", "late", "days", "reviews", "score"];

class Cube {
  constructor(data) {
    Object.assign(this, { months: data.months, partial: data.partial, states: data.states, categories: data.categories });
    this.cells = this.placed(data.cells);
    this.persons = this.placed(data.persons);
  }

  // Columns with category, state and month of each row, which are written as distances between keys.
  placed(columns) {
    const rows = columns.key.length;
    const [states, months] = [this.states.length + 1, Math.max(this.months.length, 1)];
    const place = { rows, category: new Int32Array(rows), state: new Int32Array(rows), month: new Int32Array(rows) };
    for (let row = 0, key = 0; row < rows; row++) {
      key += columns.key[row];
      place.month[row] = key % months;
      place.state[row] = Math.floor(key / months) % states;
      place.category[row] = Math.floor(key / months / states);
    }
    return { ...columns, ...place };
  }

  // Figures by the members of a dimension (0, 1, …), or the total as the only member 0. The dimension's own filter does
  // not hold, so that a chosen state stands among the others; the period always holds.
  figures(filter, by = "") {
    const sums = this.sums(filter, by);
    const persons = this.count(filter, by);
    return sums.map((sum, member) => figuresOf(sum, persons[member]));
  }

  sums(filter, by) {
    const found = Array.from({ length: this.size(by) }, () => new Float64Array(MEASURES.length));
    const columns = MEASURES.map((name) => this.cells[name]);
    const { category, state, month, rows } = this.cells;
    for (let row = 0; row < rows; row++) {
      if (month[row] < filter.from || month[row] > filter.to) continue;
      if (by === "category" ? !category[row] : category[row] !== filter.category) continue;
      if (by !== "state" && filter.state && state[row] !== filter.state) continue;
      const sum = found[by === "category" ? category[row] - 1 : by === "state" ? state[row] - 1 : by === "month" ? month[row] : 0];
      for (let n = 0; n < columns.length; n++) sum[n] += columns[n][row];
    }
    return found;
  }

  // Persons: those whose order before their first one in the period lies before it (place 0: there is none).
  count(filter, by) {
    const found = new Float64Array(this.size(by));
    const { category, state, month, before, persons, rows } = this.persons;
    for (let row = 0; row < rows; row++) {
      if (month[row] < filter.from || month[row] > filter.to) continue;
      if (by !== "month" && before[row] > filter.from) continue;
      if (by === "category" ? !category[row] : category[row] !== filter.category) continue;
      if (by === "state" ? !state[row] : state[row] !== filter.state) continue;
      found[by === "category" ? category[row] - 1 : by === "state" ? state[row] - 1 : by === "month" ? month[row] : 0] += persons[row];
    }
    return found;
  }

  size(by) {
    return by ? { category: this.categories, state: this.states, month: this.months }[by].length : 1;
  }
}

function figuresOf([orders, bare, items, revenue, deliveries, late, days, reviews, score], persons) {
  return {
    orders: String(orders),
    items: String(items),
    revenue: cents(revenue),
    average_order_value: ratio(revenue, (orders - bare) * 100),
    customers: String(persons),
    deliveries: String(deliveries),
    late_share: ratio(late, deliveries),
    delivery_days_mean: ratio(days, deliveries),
    reviews: String(reviews),
    review_score: ratio(score, reviews),
  };
}
