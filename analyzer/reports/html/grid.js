// Here lives: a table that people search, sort, filter and leaf through.  Here does not live: which tables there are (tables.js).

const CHOICES = 40;  // distinct texts up to which a filter offers them; above it is a field
const OFTEN = 120;  // ms to wait for the next key before looking

/** What a filter of numbers asks: 443, >10, <=5, 10-20; null where it is none. */
function range(asked) {
  const found = /^\s*(?:(<=|>=|<|>|=)?\s*(-?[\d.]+)|(-?[\d.]+)\s*(?:-|\.\.|–)\s*(-?[\d.]+))\s*$/.exec(asked);
  if (found === null) return null;
  if (found[3] !== undefined) return (value) => value >= Number(found[3]) && value <= Number(found[4]);
  const bound = Number(found[2]);
  return { "<": (value) => value < bound, ">": (value) => value > bound, "<=": (value) => value <= bound,
    ">=": (value) => value >= bound }[found[1]] ?? ((value) => value === bound);
}

/** A text as a cell of CSV that no spreadsheet takes for a formula, behind a semicolon either (as escapes.csv_cell has it). */
function defused(text) {
  if (/^-?[\d.]+$/.test(text)) return text;
  const inside = text.replace(/;(?=["' ]*[=+\-@\uff1d\uff0b\uff0d\uff20])/g, ";'");
  return /^[\s"']*[=+\-@\uff1d\uff0b\uff0d\uff20]/.test(inside) ? `'${inside}` : inside;
}

class Grid {
  /** options: name, table, word (what rows are), search (id of its field), orders (column -> its texts in their order),
      sort ([column, down]), size (rows of a page), href(row), cell(column, row) -> node or null for its text. */
  constructor(place, options) {
    Object.assign(this, options);
    this.chosen = new Set(this.table.shown.filter((column) => column.usual).map((column) => column.name));
    this.filters = new Map();  // column -> (row) => boolean
    this.entered = new Map();  // column -> what its control shows
    this.words = [];
    this.only = null;  // { words, test }
    this.page = 0;
    this.#build(place);
    this.#head();
    this.look();
  }

  #build(place) {
    const id = (part) => (this.name === "handshakes" ? { search: "search", table: "handshake-table", matches: "matches", pager: "pager" }[part]
      : `${this.name}-${part}`);
    this.field = element("input", { type: "search", id: id("search"), placeholder: `Search ${this.name}`, autocomplete: "off", spellcheck: "false",
      "aria-label": `Search all columns of ${this.name}`, on: { input: () => this.#soon() } });
    this.matches = element("p", { id: id("matches"), class: "matches", role: "status", "aria-live": "polite" });
    this.chip = element("p", { class: "chip", hidden: true });
    const boxes = this.table.shown.map((column) => element("label", { title: column.doc }, element("input", { type: "checkbox",
      checked: this.chosen.has(column.name), value: column.name, on: { change: (event) => this.#choose(column.name, event.target.checked) } }),
    ` ${column.name.replaceAll("_", " ")}`));
    this.head = element("thead");
    this.body = element("tbody", { on: { click: (event) => this.#clicked(event), keydown: (event) => this.#keyed(event) } });
    this.pager = element("nav", { id: id("pager"), class: "pager", "aria-label": `Pages of ${this.name}` });
    place.replaceChildren(
      element("div", { class: "tools" }, this.field,
        element("details", { class: "choose" }, element("summary", {}, "Columns"), element("div", { class: "boxes" }, boxes)),
        element("button", { type: "button", class: "clear", on: { click: () => this.clear() } }, "Clear filters"),
        element("button", { type: "button", class: "export", on: { click: () => this.#save() } }, "Save as CSV")),
      this.matches, this.chip,
      element("div", { class: "scroll", role: "region", tabindex: "0", "aria-label": `Table of ${this.name}` },
        element("table", { id: id("table"), class: "grid" }, element("caption", { class: "aside" }, `All ${this.name}`), this.head, this.body)),
      this.pager);
    place.hidden = false;
  }

  #columns() {
    return this.table.shown.filter((column) => this.chosen.has(column.name));
  }

  #head() {
    const columns = this.#columns();
    const titles = columns.map((column) => element("th", { scope: "col", "data-column": column.name, "data-label": column.name.replaceAll("_", " "), class: Grid.#side(column) },
      element("button", { type: "button", title: column.doc, on: { click: () => this.#sort(column.name) } }, column.name.replaceAll("_", " "))));
    const controls = columns.map((column) => element("td", { class: Grid.#side(column) }, this.#control(column)));
    this.head.replaceChildren(element("tr", {}, titles), element("tr", { class: "filters" }, controls));
    this.#mark();
  }

  static #side(column) {
    return column.kind === "int" || column.kind === "float" ? "right" : "";
  }

  #control(column) {
    const shared = { class: "filter", "data-column": column.name, "aria-label": `Filter by ${column.name.replaceAll("_", " ")}` };
    const entered = this.entered.get(column.name) ?? "";
    const choices = column.coded ? this.table.choices(column) : [];
    if (column.coded && choices.length <= CHOICES) {
      const options = [element("option", { value: "" }, "all"), ...choices.map(([code, count]) =>
        element("option", { value: column.texts[code] ?? "(none)" }, `${column.texts[code] ?? "(none)"} (${counted(count)})`))];
      const control = element("select", { ...shared, on: { change: () => {
        const at = control.selectedIndex;
        this.#filter(column.name, control.value, at ? (row) => column.rows[row] === choices[at - 1][0] : null);
      } } }, options);
      control.value = entered;
      return control;
    }
    const hint = column.kind === "time" ? "2026-01-31 …" : column.coded ? "contains" : "= < > a-b";
    const control = element("input", { ...shared, type: "search", placeholder: hint, autocomplete: "off", spellcheck: "false", on: { input: () => {
      clearTimeout(this.waiting);
      this.waiting = setTimeout(() => this.#filter(column.name, control.value, this.#test(column, control.value)), OFTEN);
    } } });
    control.value = entered;
    return control;
  }

  #test(column, asked) {
    const wanted = asked.trim().toLowerCase();
    if (wanted === "") return null;
    if (column.coded) {
      const fits = this.table.lower(column).map((text) => text.includes(wanted));
      return (row) => fits[column.rows[row]];
    }
    const test = column.kind === "time" ? null : range(wanted);
    if (test !== null) return (row) => column.rows[row] !== null && test(column.rows[row]);
    return (row) => this.table.text(column, row).includes(wanted);
  }

  #filter(name, entered, test) {
    this.entered.set(name, entered);
    if (test === null) this.filters.delete(name); else this.filters.set(name, test);
    this.page = 0;
    this.look();
  }

  /** Set the filter of a column to one text, as a reader would. */
  choose(name, value) {
    const column = this.table.at.get(name);
    this.chosen.add(name);
    const code = column.texts.indexOf(value);
    this.#filter(name, value, (row) => column.rows[row] === code);
    this.#head();
  }

  /** Show only the rows of which a test is true; words say which these are. */
  restrict(words, test) {
    this.clear(false);
    this.only = { words, test };
    this.look();
  }

  clear(look = true) {
    this.filters.clear();
    this.entered.clear();
    this.only = null;
    this.words = [];
    this.field.value = "";
    this.page = 0;
    this.#head();
    if (look) this.look();
  }

  #soon() {
    clearTimeout(this.waiting);
    this.waiting = setTimeout(() => {
      this.words = this.field.value.toLowerCase().split(/\s+/).filter(Boolean);
      this.page = 0;
      this.look();
    }, OFTEN);
  }

  #choose(name, on) {
    if (on) this.chosen.add(name); else { this.chosen.delete(name); this.filters.delete(name); this.entered.delete(name); }
    this.#head();
    this.look();
  }

  #sort(name) {
    const [before, down] = this.sort;
    this.sort = [name, before === name && !down];
    this.page = 0;
    this.#mark();
    this.look();
  }

  #mark() {
    for (const cell of this.head.rows[0].cells) {
      const on = cell.dataset.column === this.sort[0];
      cell.setAttribute("aria-sort", on ? (this.sort[1] ? "descending" : "ascending") : "none");
    }
  }

  /** One test for a word of the search: it stands in some column of the row. */
  #found(word) {
    const tests = this.table.shown.map((column) => {
      if (!column.coded) return column.kind === "int" && /^-?\d+$/.test(word) ? (row) => column.rows[row] === Number(word) : null;
      const fits = this.table.lower(column).map((text) => text.includes(word));
      return fits.some(Boolean) ? (row) => fits[column.rows[row]] : null;
    }).filter(Boolean);
    return (row) => tests.some((test) => test(row));
  }

  /** Find the rows that are wanted, put them in order, show the page. */
  look() {
    const tests = [...this.filters.values(), ...this.words.map((word) => this.#found(word))];
    if (this.only !== null) tests.push(this.only.test);
    const rows = [];
    for (let row = 0; row < this.table.length; row += 1) if (tests.every((test) => test(row))) rows.push(row);
    const [name, down] = this.sort;
    const column = this.table.at.get(name);
    if (column !== undefined) {
      const ranks = this.table.ranks(column, this.orders?.[name]);
      const sign = down ? -1 : 1;
      rows.sort((a, b) => (ranks[a] === ranks[b] ? a - b : ranks[a] === null ? 1 : ranks[b] === null ? -1 : sign * (ranks[a] - ranks[b])));
    }
    this.rows = rows;
    this.#say();
    this.show();
  }

  #say() {
    const all = this.table.length;
    this.matches.textContent = this.rows.length === all ? number(all, this.word) : `${counted(this.rows.length)} of ${number(all, this.word)}`;
    this.chip.hidden = this.only === null;
    this.chip.replaceChildren(...(this.only === null ? [] : [`Only ${this.only.words} `,
      element("button", { type: "button", on: { click: () => this.clear() } }, "Show all")]));
  }

  show() {
    const columns = this.#columns();
    const from = this.page * this.size;
    this.body.replaceChildren(...this.rows.slice(from, from + this.size).map((row) => element("tr", { "data-row": row }, columns.map((column) =>
      element("td", { class: Grid.#side(column), "data-label": column.name.replaceAll("_", " ") },
        this.cell?.(column, row) ?? this.table.text(column, row))))));
    if (this.rows.length === 0) {
      this.body.append(element("tr", {}, element("td", { colspan: columns.length, class: "none" }, `No ${this.word} fits.`)));
    }
    this.#leaf();
  }

  #leaf() {
    const last = Math.max(0, Math.ceil(this.rows.length / this.size) - 1);
    const go = (label, page, words) => element("button", { type: "button", "aria-label": words, disabled: page < 0 || page > last || page === this.page,
      on: { click: () => { this.page = page; this.show(); this.pager.querySelector(`[aria-label="${words}"]:enabled`)?.focus(); } } }, label);
    const size = element("select", { "aria-label": "Rows of a page", on: { change: (event) => {
      this.size = Number(event.target.value); this.page = 0; this.show();
    } } }, [25, 50, 100, 500].map((count) => element("option", { value: count, selected: count === this.size }, `${count} rows`)));
    this.pager.replaceChildren(go("«", 0, "First page"), go("‹", this.page - 1, "Previous page"),
      element("span", { class: "where" }, `${counted(this.page + 1)} of ${counted(last + 1)}`),
      go("›", this.page + 1, "Next page"), go("»", last, "Last page"), size);
  }

  #clicked(event) {
    const row = event.target.closest("tr[data-row]");
    if (row === null || event.target.closest("a, button") || String(getSelection()) !== "") return;
    goTo(this.href(Number(row.dataset.row)));
  }

  #keyed(event) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const row = event.target.closest("tr[data-row]");
    if (step === undefined || row === null) return;
    const next = (step > 0 ? row.nextElementSibling : row.previousElementSibling)?.querySelector("a");
    if (next) { next.focus(); event.preventDefault(); }
  }

  /** Save the wanted rows as CSV; what a spreadsheet would take for a formula has a ' before it. */
  #save() {
    const columns = this.#columns();
    const quoted = (text) => `"${defused(text).replaceAll('"', '""')}"`;
    const lines = [columns.map((column) => quoted(column.name)).join(","),
      ...this.rows.map((row) => columns.map((column) => quoted(this.table.text(column, row))).join(","))];
    const address = URL.createObjectURL(new Blob([`${lines.join("\r\n")}\r\n`], { type: "text/csv" }));
    const save = element("a", { href: address, download: `${this.name}.csv` });
    document.body.append(save);
    save.click();
    save.remove();
    setTimeout(() => URL.revokeObjectURL(address), 10000);
  }
}
