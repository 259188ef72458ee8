// Here lives: unpacking what is embedded: tables as columns, details in chunks.  Here does not live: what is done with it.

const BASE64 = new Uint8Array(128);
"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".split("").forEach((letter, at) => { BASE64[letter.charCodeAt(0)] = at; });

function bytesOf(text) {
  const clean = text.trim();
  if (Uint8Array.fromBase64) return Uint8Array.fromBase64(clean);
  const padding = clean.endsWith("==") ? 2 : clean.endsWith("=") ? 1 : 0;
  const bytes = new Uint8Array((clean.length / 4) * 3);
  for (let at = 0, to = 0; at < clean.length; at += 4) {
    const word = (BASE64[clean.charCodeAt(at)] << 18) | (BASE64[clean.charCodeAt(at + 1)] << 12)
      | (BASE64[clean.charCodeAt(at + 2) & 127] << 6) | BASE64[clean.charCodeAt(at + 3) & 127];
    bytes[to++] = word >> 16; bytes[to++] = (word >> 8) & 255; bytes[to++] = word & 255;
  }
  return bytes.subarray(0, bytes.length - padding);
}

const hexOf = (text) => Array.from(bytesOf(text), (byte) => byte.toString(16).padStart(2, "0")).join("");

const unpacked = new Map();
const KEPT = 24;  // chunks that stay unpacked: some MB

/** The value of an embedded block; null where the page has none of this name. */
async function block(name) {
  if (unpacked.has(name)) return unpacked.get(name);
  const holder = document.getElementById(name);
  if (holder === null || holder.tagName !== "SCRIPT") return null;
  const stream = new Blob([bytesOf(holder.textContent)]).stream().pipeThrough(new DecompressionStream("deflate-raw"));
  const value = JSON.parse(await new Response(stream).text());
  if (!name.startsWith("table-")) {
    unpacked.set(name, value);
    if (unpacked.size > KEPT) unpacked.delete(unpacked.keys().next().value);
  }
  return value;
}

/** What a chunk tells of one thing: its facts by name, and what the chunk's things share; null where it was left out. */
async function detail(chunk, key) {
  const held = await block(chunk);
  const at = held === null ? -1 : held.keys.indexOf(key);
  if (at < 0) return null;
  const told = {};
  for (const [name, values] of Object.entries(held.facts)) {
    if (values[at] === null) continue;
    if (name.startsWith("hex:")) told[name.slice(4)] = hexOf(values[at]); else told[name] = values[at];
  }
  return { facts: told, forms: held.forms, shapes: held.shapes };
}

/** A table: columns by name, cells as text or as what they sort by. */
class Table {
  constructor(told) {
    this.length = told.length;
    this.columns = told.columns.map((column) => Table.#read(column));
    this.at = new Map(this.columns.map((column) => [column.name, column]));
    this.shown = this.columns.filter((column) => !column.inner);
  }

  static #read(column) {
    if (column.steps) {
      let before = 0;
      column.rows = column.steps.map((step) => (step === null ? null : (before += step)));
      delete column.steps;
    }
    column.coded = column.texts !== undefined;
    return column;
  }

  /** The value of a cell: text, number or null. */
  value(name, row) {
    const column = this.at.get(name);
    if (column === undefined) return null;
    return column.coded ? column.texts[column.rows[row]] : column.rows[row];
  }

  /** The text of a cell. */
  text(column, row) {
    const value = column.rows[row];
    if (column.coded) return column.texts[value] ?? "";
    if (value === null) return "";
    if (column.kind === "time") return moment(value);
    return column.kind === "float" ? value.toFixed(value < 10 ? 2 : 1) : String(value);
  }

  /** The row whose cell is a value, -1 for none. */
  find(name, value) {
    const column = this.at.get(name);
    if (column === undefined) return -1;
    return column.rows.indexOf(column.coded ? column.texts.indexOf(value) : value);
  }

  /** Lower-case texts of a coded column, made once. */
  lower(column) {
    column.low ??= column.texts.map((text) => (text ?? "").toLowerCase());
    return column.low;
  }

  /** What a column's cells sort by: numbers as they are, texts by their rank; absent ones are last. */
  ranks(column, order) {
    if (!column.coded) return column.rows;
    if (column.rank === undefined) {
      const places = column.texts.map((_, at) => at);
      const grade = (at) => (order && order.includes(column.texts[at]) ? order.indexOf(column.texts[at]) : -1);
      const compare = new Intl.Collator("en", { numeric: true }).compare;
      places.sort((a, b) => grade(a) - grade(b) || compare(column.texts[a] ?? "", column.texts[b] ?? ""));
      column.rank = new Array(places.length);
      places.forEach((place, at) => { column.rank[place] = column.texts[place] === null ? null : at; });
    }
    return column.rows.map((code) => column.rank[code]);
  }

  /** Distinct texts of a coded column with how often they stand there, the most frequent first. */
  choices(column) {
    const counts = new Array(column.texts.length).fill(0);
    for (const code of column.rows) counts[code] += 1;
    return counts.map((count, code) => [code, count]).filter(([, count]) => count).sort((a, b) => b[1] - a[1]);
  }
}
