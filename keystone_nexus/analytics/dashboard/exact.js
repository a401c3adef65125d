// Exact decimals as text, and how they are written for people: as the page was written on the server.
const NONE = "–";
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

// A quotient of whole numbers with so many digits, half up; empty where there is nothing to divide by.
function ratio(part, whole, digits = 6) {
  if (!whole) return "";
  const sign = part < 0 !== whole < 0 ? -1n : 1n;
  const [above, below] = [BigInt(Math.abs(part)), BigInt(Math.abs(whole))];
  return decimal(sign * ((2n * above * 10n ** BigInt(digits) + below) / (2n * below)), digits);
}

// A whole number of units of the last digit as a decimal: 1375 with 2 digits is 13.75.
function decimal(units, digits) {
  const text = String(units < 0n ? -units : units).padStart(digits + 1, "0");
  const sign = units < 0n ? "-" : "";
  return digits ? `${sign}${text.slice(0, -digits)}.${text.slice(-digits)}` : sign + text;
}

// A decimal with so many digits, half up, its thousands apart.
function rounded(exact, digits, shift = 0) {
  const [, sign, whole, rest] = /^(-?)(\d+)\.?(\d*)$/.exec(exact);
  const all = BigInt(whole + rest);
  const cut = rest.length - digits - shift;
  const scale = 10n ** BigInt(Math.abs(cut));
  const units = cut > 0 ? (2n * all + scale) / (2n * scale) : all * scale;
  return decimal(sign ? -units : units, digits).replace(/\B(?=(\d{3})+(?!\d))(?<!\.\d*)/g, ",");
}

const cents = (value) => decimal(BigInt(value), 2);
const month = (exact) => `${MONTHS[Number(exact.slice(5, 7)) - 1]} ${exact.slice(0, 4)}`;
const day = (exact) => `${Number(exact.slice(8, 10))} ${month(exact)}`;

function shortMoney(exact) {
  const size = Math.abs(Number(exact));
  if (size >= 1e9) return `R$ ${rounded(exact, 1, -9)} bn`;
  if (size >= 1e6) return `R$ ${rounded(exact, 1, -6)} M`;
  if (size >= 1e3) return `R$ ${rounded(exact, 1, -3)} k`;
  return `R$ ${rounded(exact, 0)}`;
}

const WRITTEN = {
  name: (v) => v.replaceAll("_", " "),
  id: (v) => v,
  month,
  day,
  count: (v) => rounded(v, 0),
  money: (v) => `R$ ${rounded(v, 2)}`,
  share: (v) => `${rounded(v, 1, 2)} %`,
  number: (v) => rounded(v, 2),
  tenths: (v) => rounded(v, 1),
};
const written = (kind, exact) => (exact === "" || exact == null ? NONE : WRITTEN[kind](exact));
const brief = (kind, exact) => (kind === "money" && exact ? shortMoney(exact) : written(kind, exact));
