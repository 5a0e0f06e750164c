// Money and periods in words, for axes, tooltips and what is read aloud.
const formats = new Map();

function format(currency, options) {
  const key = currency + JSON.stringify(options);
  if (!formats.has(key)) formats.set(key, new Intl.NumberFormat("en-US", { style: "currency", currency, ...options }));
  return formats.get(key);
}

export function short(amount, currency) {
  return format(currency, { notation: "compact", maximumFractionDigits: 1, minimumFractionDigits: 0 }).format(amount);
}

export function whole(amount, currency) {
  return format(currency, { maximumFractionDigits: 0 }).format(amount);
}

// "2031-04" -> "Apr 2031"; "2031" stays as it is.
export function period(text) {
  if (text.length === 4) return text;
  const [year, month] = text.split("-").map(Number);
  return new Intl.DateTimeFormat("en-US", { month: "short", year: "numeric", timeZone: "UTC" }).format(
    Date.UTC(year, month - 1, 15),
  );
}
