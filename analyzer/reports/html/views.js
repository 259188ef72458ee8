// Here lives: the views of one handshake, certificate, finding and server.  Here does not live: which is shown (page.js).

const CHAINS = 5;  // chains told in the view of a certificate

/** A value of a fact, whatever it holds. */
function valueOf(value) {
  if (typeof value === "boolean") return value ? "yes" : "no";
  if (Array.isArray(value)) {
    return value.every((one) => typeof one !== "object") ? value.join(", ") : element("ul", { class: "plain" }, value.map((one) => element("li", {}, valueOf(one))));
  }
  if (value !== null && typeof value === "object") {
    return element("dl", { class: "inner" }, Object.entries(value).map(([name, one]) => element("div", {}, element("dt", {}, name), element("dd", {}, valueOf(one)))));
  }
  return String(value ?? "");
}

/** Put nodes in the place of what stood there; what is null is no node. */
const fill = (place, ...nodes) => place.replaceChildren(...nodes.flat(Infinity).filter((node) => node !== null && node !== undefined));

const part = (title, ...content) => element("section", { class: "part" }, element("h3", {}, title), content);

function bar(kind, title, before, after) {
  return [element("div", { class: "viewbar" },
    element("button", { type: "button", class: "back", on: { click: goBack } }, "← Back"),
    before === null ? null : link(kind, before, "‹ previous"), after === null ? null : link(kind, after, "next ›")),
  element("h2", { id: `${kind}-title`, class: "big", tabindex: "-1" }, title)];
}

function gone(what, how) {
  return element("p", { class: "notice" }, `The ${what} had no room in this page. ${how}`);
}

function findingItem(row) {
  const value = (name) => tables.findings.value(name, row);
  return element("li", {}, badge(value("severity")), " ", link("finding", value("finding"), value("title")), element("p", { class: "note" }, value("detail") ?? ""));
}

function findingList(test) {
  const rows = [];
  for (let row = 0; row < tables.findings.length; row += 1) if (test(row)) rows.push(row);
  if (rows.length === 0) return element("p", {}, "Nothing was found.");
  rows.sort((a, b) => SEVERITIES.indexOf(tables.findings.value("severity", a)) - SEVERITIES.indexOf(tables.findings.value("severity", b)));
  return [element("ul", { class: "plain findings-of" }, rows.slice(0, 50).map(findingItem)), rows.length > 50 ? element("p", {}, `… ${counted(rows.length - 50)} more`) : null];
}

/** Findings of a handshake: those that name it first, and those whose evidence lists it. */
async function findingsOf(numberOf, place) {
  const first = tables.findings.at.get("handshake").rows;
  const about = new Set();
  tables.findings.at.get("count").rows.forEach((count, row) => { if (count > 1 && first[row] !== numberOf) about.add(row); });
  const listed = new Set();
  if (about.size <= 2000 && tables.handshakes.value("severity", place) !== null) {
    for (const row of about) {
      const held = await detail(tables.findings.value("chunk", row), tables.findings.value("finding", row));
      if (held?.facts.handshakes?.includes(numberOf)) listed.add(row);
    }
  }
  return findingList((row) => first[row] === numberOf || listed.has(row));
}

function certificateItem(place, at) {
  const value = (name) => tables.certificates.value(name, place);
  if (place < 0) return element("li", {}, "a certificate that had no room in this page");
  return element("li", {}, link("certificate", value("sha256"), value("subject") ?? value("sha256")),
    element("span", { class: "note" }, ` issued by ${value("issuer") ?? "?"} · until ${moment(value("not_after")).slice(0, 10)} · ${value("public_key") ?? ""} `),
    at === 0 && value("verdict") ? badge(value("verdict")) : null);
}

function chainList(text) {
  return element("ol", { class: "chain" }, text.split(",").map((place, at) => certificateItem(Number(place), at)));
}

/** The chains that a certificate is the leaf of, at most five: drawn where the page has a drawing, else as lists. */
async function chainsOf(leaf) {
  const { leaf: leaves, number: numbers, chunk } = Object.fromEntries(tables.chains.at);
  const rows = leaves.rows.map((place, row) => (place === leaf ? row : -1)).filter((row) => row >= 0);
  const held = await Promise.all(rows.slice(0, CHAINS).map((row) => detail(chunk.texts[chunk.rows[row]], numbers.rows[row])));
  const shown = held.filter((one) => one !== null).map(({ facts: chain }) => {
    const { certificates, path, verdict, detail: words, ...rest } = chain;
    const chained = `${verdict} ${(certificates ?? []).slice(0, 12).join(" ")}`;
    const drawn = [...document.querySelectorAll("#chains .card")].find((card) => card.dataset.chain === chained)?.querySelector("svg").cloneNode(true);
    const name = (sha256) => { const row = tables.certificates.find("sha256", sha256);
      return row < 0 ? sha256.slice(0, 16) : link("certificate", sha256, tables.certificates.value("subject", row)); };
    return element("div", { class: "card" }, element("p", {}, badge(verdict), ` ${words ?? ""}`),
      drawn ? element("div", { class: "drawn" }, drawn) : path?.length ? element("ol", { class: "chain" }, path.map((sha256) => element("li", {}, name(sha256)))) : null,
      facts(Object.entries(rest).filter(([key]) => key !== "handshakes").map(([key, value]) => [key, valueOf(value)])));
  });
  return rows.length > CHAINS ? [...shown, element("p", {}, `… ${counted(rows.length - CHAINS)} more, for other server names`)] : shown;
}

async function showHandshake(view, key) {
  const table = tables.handshakes;
  const wanted = Number(key);
  const row = table.find("handshake", wanted);
  if (row < 0) {
    fill(view, ...bar("handshake", `Handshake ${key}`, null, null), gone("handshake", "tlsscan show CAPTURE N draws it."));
    return;
  }
  const value = (name) => table.value(name, row);
  const near = (step) => (table.find("handshake", wanted + step) < 0 ? null : wanted + step);
  const held = await detail(value("chunk"), wanted);
  const place = (side) => `${value(side)}${value(`${side}_port`) === null ? "" : ` port ${value(`${side}_port`)}`}`;
  const server = value("place");
  const parts = [...bar("handshake", `Handshake ${wanted}`, near(-1), near(1)),
    element("p", { class: "lead" }, badge(value("outcome") ?? ""), ` ${place("client")} → `, server === null ? place("server")
      : link("server", server, value("server_name") ?? place("server")), ` ${[value("version"), value("cipher_suite"), value("group")].filter(Boolean).join(" · ")}`)];
  if (held === null) {
    parts.push(gone("details of this handshake", `tlsscan show CAPTURE ${wanted} draws it; --format json has all facts.`));
  } else {
    const { _causes: causes, _anomalies: anomalies, _preludes: preludes, ...rest } = held.facts;
    parts.push(part("Message by message", drawLadder(unfold(rest, held.forms, held.shapes), place("client"), place("server"), value("outcome"))));
    if (causes) parts.push(part("Why it failed", element("ol", { class: "plain causes" }, causes.map(causeItem))));
    parts.push(part("Findings", await findingsOf(wanted, row)));
    const chains = [["Certificates of the server", value("chain")], ["Certificates of the client", value("client_chain")]].filter(([, chain]) => chain);
    for (const [title, chain] of chains) parts.push(part(title, chainList(chain)));
    if (preludes) parts.push(part("Before TLS", preludes.map((one) => facts(Object.entries(one).map(([name, text]) => [name, valueOf(text)])))));
    if (anomalies) parts.push(part("Anomalies", element("ul", { class: "plain" }, anomalies.map((one) => element("li", {}, element("strong", {}, one.kind),
      ` ${one.detail ?? ""} `, element("span", { class: "note" }, one.packet ? `packet ${one.packet}` : ""))),
      value("anomalies") > anomalies.length ? element("li", {}, `… ${counted(value("anomalies") - anomalies.length)} more`) : null)));
    parts.push(part("All facts", facts(await allFacts("handshakes", rest, row, ["why", "hidden", "certificates", "client_certificates"])),
      rest.hidden ? element("p", { class: "note" }, `The wire encrypts: ${rest.hidden.join(", ")}.`) : null));
  }
  fill(view, ...parts);
}

function causeItem(cause) {
  return element("li", {}, element("p", {}, element("strong", {}, cause.sentence), ` ${cause.certainty}${cause.inferred ? ", inferred" : ""}`),
    cause.proof ? element("ul", { class: "plain" }, cause.proof.map((one) => element("li", {}, one))) : null,
    cause.advice ? element("p", {}, cause.advice) : null,
    cause.display_filter ? copied(cause.display_filter, "display filter") : null);
}

/** All facts of a thing in their order, from its details and from its row: [name, value, meaning]. */
async function allFacts(name, told, row, but) {
  const table = tables[name];
  const values = (await block("facts"))[name].map(([fact, doc]) => {
    const column = table.at.get(fact);
    return [fact, fact in told ? valueOf(told[fact]) : column === undefined ? "" : table.text(column, row), doc];
  });
  return values.filter(([fact, value]) => value !== "" && !but.includes(fact));
}

async function showCertificate(view, key) {
  const table = tables.certificates;
  const row = table.find("sha256", key);
  if (row < 0) {
    fill(view, ...bar("certificate", "Certificate", null, null), gone("certificate", "--format csv --table certificates has all."));
    return;
  }
  const value = (name) => table.value(name, row);
  const near = (step) => (row + step < 0 || row + step >= table.length ? null : table.value("sha256", row + step));
  const held = await detail(value("chunk"), key);
  const chains = await chainsOf(row);
  const found = tables.findings.at.get("certificate_place").rows;
  const parts = [...bar("certificate", value("subject"), near(-1), near(1)),
    element("p", { class: "lead" }, `Issued by ${value("issuer") ?? "?"}, ${moment(value("not_before")).slice(0, 10)} to ${moment(value("not_after")).slice(0, 10)}, ${value("public_key") ?? ""}. `,
      value("verdict") ? badge(value("verdict")) : null),
    part("Chain and trust", chains.length ? chains : element("p", {}, "It stood at the head of no chain.")),
    part("Findings", findingList((at) => found[at] === row)),
    part("Handshakes that showed it", handshakeList(showing(row), `those that showed the certificate ${value("subject")}`))];
  if (held === null) {
    parts.push(gone("details of this certificate", "--format csv --table certificates has all."));
  } else {
    const { der_base64: der, ...rest } = held.facts;
    parts.push(part("All fields", facts(await allFacts("certificates", rest, row, ["handshake"])),
      element("p", {}, "First shown by ", link("handshake", rest.handshake, `handshake ${rest.handshake}`), ".")));
    if (der && !der.endsWith("…")) {
      parts.push(part("PEM", copied(`-----BEGIN CERTIFICATE-----\n${der.match(/.{1,64}/g).join("\n")}\n-----END CERTIFICATE-----\n`, "PEM")));
    }
  }
  fill(view, ...parts);
}

/** Numbers of packets out of a display filter: frame.number in {1..4, 7} shows 1-4, 7. */
const packetsOf = (filter) => filter?.replace(/^frame\.number (== |in \{)/, "").replace(/\}$/, "").replaceAll("..", "-");

async function showFinding(view, key) {
  const table = tables.findings;
  const row = table.find("finding", key);
  if (row < 0) {
    fill(view, ...bar("finding", "Finding", null, null), gone("finding", "--format csv --table findings has all."));
    return;
  }
  const value = (name) => table.value(name, row);
  const near = (step) => (row + step < 0 || row + step >= table.length ? null : table.value("finding", row + step));
  const [held, rules] = await Promise.all([detail(value("chunk"), key), block("rules")]);
  const rule = rules[value("rule")] ?? {};
  const told = held?.facts ?? {};
  const certificate = value("certificate_place");
  const numbers = told.handshakes ?? (value("handshake") === null ? [] : [value("handshake")]);
  fill(view, ...bar("finding", value("title"), near(-1), near(1)),
    element("p", { class: "lead" }, badge(value("severity")), ` ${told.detail ?? value("detail") ?? ""}`),
    part("Evidence",
      facts([["packets", packetsOf(told.display_filter)], ["capture", told.packet_sources ? valueOf([...new Set(told.packet_sources)]) : told.source], ["time", told.time],
        ["name", value("finding")], ["handshakes", counted(value("count") ?? 0)]].filter(([, one]) => one)),
      told.display_filter ? [element("p", {}, "In Wireshark:"), copied(told.display_filter, "display filter")] : null,
      element("p", {}, "The packets alone:"), copied(`tlsscan slice CAPTURE ${value("finding")} -o finding.pcapng`, "command")),
    rule.advice ? part("What to change", element("p", {}, rule.advice)) : null,
    part("Who says so", element("p", {}, `${rule.citation ?? ""} (rule ${value("rule")})`)),
    certificate === null ? null : part("Certificate", element("ul", { class: "plain" }, certificateItem(certificate, 0))),
    numbers.length ? part("Handshakes", element("p", { class: "many" }, numbers.map((one) => [link("handshake", one, String(one)), " "]).flat(),
      (value("count") ?? 0) > numbers.length ? `and ${counted(value("count") - numbers.length)} more` : null)) : null);
}

async function showServer(view, key) {
  const table = tables.servers;
  const row = table.find("place", Number(key));
  if (row < 0) {
    fill(view, ...bar("server", "Server", null, null), gone("server", "--format csv has all handshakes."));
    return;
  }
  const value = (name) => table.value(name, row);
  const place = value("place");
  const places = tables.handshakes.at.get("place").rows;
  const mine = new Set();
  places.forEach((one, at) => { if (one === place) mine.add(tables.handshakes.value("handshake", at)); });
  const firsts = tables.findings.at.get("handshake").rows;
  fill(view, ...bar("server", value("name"), place > 1 ? place - 1 : null, place < table.length ? place + 1 : null),
    element("p", { class: "lead" }, value("where")),
    facts(table.shown.filter((column) => !["name", "where"].includes(column.name) && table.text(column, row) !== "").map((column) =>
      [column.name, table.text(column, row), column.doc])),
    value("certificate") === null ? null : part("Certificate, as last shown", element("ul", { class: "plain" }, certificateItem(value("certificate"), 0))),
    part("Findings", findingList((at) => firsts[at] !== null && mine.has(firsts[at]))),
    part("Handshakes", handshakeList((at) => places[at] === place, `those with ${value("name")} at ${value("where")}`)));
}
