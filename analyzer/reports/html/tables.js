// Here lives: the four tables of the page, and how they know of each other.  Here does not live: how a table works (grid.js).

const SEVERITIES = ["critical", "high", "medium", "low", "info"];
const tables = {};  // name -> Table
const grids = {};  // name -> Grid

const SHOWN = {
  handshakes: {
    word: "handshake", size: 50, sort: ["handshake", false],
    href: (row) => `#handshake-${tables.handshakes.value("handshake", row)}`,
  },
  findings: {
    word: "finding", size: 25, sort: ["severity", false],
    href: (row) => `#finding-${encodeURIComponent(tables.findings.value("finding", row))}`,
  },
  servers: {
    word: "server", size: 25, sort: ["handshakes", true],
    href: (row) => `#server-${tables.servers.value("place", row)}`,
  },
  certificates: {
    word: "certificate", size: 25, sort: ["not_after", false],
    href: (row) => `#certificate-${tables.certificates.value("sha256", row)}`,
  },
};

/** What a cell shows where it is more than its text. */
function linked(name, column, row) {
  const text = tables[name].text(column, row);
  if (column.link === "handshake") return text === "" ? null : link("handshake", text, text);
  if (column.link !== "") return element("a", { href: SHOWN[name].href(row) }, text);
  if (text !== "" && ["severity", "outcome", "verdict"].includes(column.name)) return badge(text);
  if (column.name === "server_name" && tables.handshakes.value("place", row) !== null) {
    return text === "" ? null : link("server", tables.handshakes.value("place", row), text);
  }
  if (column.name === "certificate" && name === "findings" && tables.findings.value("certificate_place", row) !== null) {
    return link("certificate", certificateOf(tables.findings.value("certificate_place", row)), text);
  }
  return null;
}

/** SHA-256 of the certificate of a row. */
const certificateOf = (place) => tables.certificates.value("sha256", place);

/** Unpack the tables and put them where the static lists were. */
async function openTables() {
  for (const name of Object.keys(SHOWN)) {
    tables[name] = new Table(await block(`table-${name}`));
    document.getElementById(`table-${name}`).textContent = "";
  }
  tables.chains = new Table(await block("table-chains"));
  for (const [name, options] of Object.entries(SHOWN)) {
    const orders = { severity: SEVERITIES };
    grids[name] = new Grid(document.querySelector(`.table-tools[data-table=${name}]`), { ...options, name, table: tables[name], orders,
      cell: (column, row) => linked(name, column, row) });
    document.querySelector(`.static[data-table=${name}]`)?.remove();
  }
}

/** Rows of the handshakes table for which a test is true, at most so many; and how many there are. */
function handshakesWhere(test, most = 100) {
  const rows = [];
  let count = 0;
  for (let row = 0; row < tables.handshakes.length; row += 1) {
    if (!test(row)) continue;
    count += 1;
    if (rows.length < most) rows.push(row);
  }
  return { rows, count };
}

/** A test of rows: the handshake showed the certificate of this place. */
function showing(place) {
  const columns = ["chain", "client_chain"].map((name) => tables.handshakes.at.get(name));
  const fits = columns.map((column) => column.texts.map((text) => (text ?? "").split(",").includes(String(place))));
  return (row) => columns.some((column, at) => fits[at][column.rows[row]]);
}

/** A short list of handshakes, with a button that shows all of them in the table. */
function handshakeList(test, words) {
  const { rows, count } = handshakesWhere(test);
  if (count === 0) return element("p", {}, "No handshake of the table.");
  const items = rows.slice(0, 20).map((row) => {
    const value = (name) => tables.handshakes.value(name, row);
    return element("li", {}, link("handshake", value("handshake"), `handshake ${value("handshake")}`), ` ${[value("client"),
      value("server_name") ?? value("server"), value("version")].filter(Boolean).join(" · ")} `, badge(value("outcome") ?? ""));
  });
  return [element("ul", { class: "plain" }, items), element("p", {}, element("button", { type: "button", on: { click: () => {
    grids.handshakes.restrict(words, test);
    goTo("#handshakes");
  } } }, `Show ${count === 1 ? "it" : `all ${counted(count)}`} in the table`))];
}
