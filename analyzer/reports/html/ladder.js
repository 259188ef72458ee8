// Here lives: drawing one handshake message by message, as an ordered list that a screen reader reads too.
// Here does not live: what a handshake is (the ladder was read before it was embedded: rungs.py).

const KINDS = { tcp: "TCP", prelude: "before TLS", sealed: "encrypted", alert: "alert", data: "data", quic: "QUIC", loss: "lost", again: "again",
  oddity: "odd", missing: "missing" };

/** Unfold a ladder from the facts of its handshake (ladder:times …) and from what its chunk's ladders share. */
function unfold(told, forms, shapes) {
  const of = (name) => told[`ladder:${name}`] ?? null;
  const [taught, epochs, numbers] = shapes[of("shape")];
  const [unit, times, packets, widths] = ["unit", "times", "packets", "widths"].map(of);
  let time = 0;
  let packet = 0;
  const rungs = numbers.map((form, at) => {
    const [kind, sender, name, guessed, encrypted, step, length, records, epoch, telling, note] = forms[form];
    const rung = { kind, sender, name, guessed, encrypted, step, length, records, epoch, telling, note, time: null, packet: null, thought: null };
    if (times[at] !== null) rung.time = time += times[at] * unit;
    if (packets[at] !== null) rung.packet = packet += packets[at];
    rung.last = widths[at] === null || rung.packet === null ? rung.packet : rung.packet + widths[at];
    return rung;
  });
  for (const [at, thought, network] of of("thoughts") ?? []) {
    rungs[at].thought = (thought === -1 ? times[at] : thought) * unit;
    rungs[at].network = network === -1 ? rungs[at].thought : network === null ? null : network * unit;
  }
  const spans = of("pace").map((span) => (span === null ? null : span * unit));
  return { taught, epochs: epochs.map(([name, readable, doc]) => ({ name, readable, doc })), rungs, ending: of("ending"), where: of("where"),
    leftOut: of("left_out") ?? 0, pace: Object.fromEntries(["total", "client", "server", "network", "round trip"].map((name, at) => [name, spans[at]])) };
}

function sizes(rung) {
  const words = [];
  if (rung.length !== null) words.push(number(rung.length, "byte"));
  if (rung.records.length > 1) words.push(`${rung.records.length} records`);
  if (rung.packet !== null) words.push(rung.last > rung.packet ? `packets ${rung.packet}–${rung.last}` : `packet ${rung.packet}`);
  return words.join(" · ");
}

function rungItem(rung, before) {
  const other = rung.sender === "client" ? "server" : "client";
  const turned = rung.epoch !== null && rung.epoch !== before.epoch[rung.sender];
  if (rung.epoch !== null) before.epoch[rung.sender] = rung.epoch;
  const words = [KINDS[rung.kind] ?? null, rung.guessed ? "by its place" : null].filter(Boolean).join(", ");
  const thought = rung.thought === null ? null
    : `${rung.sender} took ${span(rung.thought)}${rung.network === null ? "" : `, ${span(rung.network)} of it network`}`;
  return element("li", { class: `rung ${rung.sender} ${rung.kind}${rung.encrypted ? " encrypted" : ""}`, "data-kind": rung.kind },
    element("span", { class: "time" }, rung.time === null ? "" : rung.time === 0 ? "0" : `${rung.time > 0 ? "+" : ""}${span(rung.time)}`),
    element("div", { class: "wire" },
      element("p", { class: "name" }, element("span", { class: "aside" }, `${rung.sender} to ${other}: `),
        rung.step === null ? null : element("span", { class: "step", title: "step as it is taught" }, rung.step),
        rung.encrypted ? element("span", { class: "lock", title: "encrypted" }, element("span", { class: "aside" }, "encrypted")) : null,
        element("strong", {}, rung.name), words === "" ? null : element("span", { class: "what" }, ` ${words}`)),
      element("span", { class: "arrow", "aria-hidden": "true" }),
      element("p", { class: "sizes" }, sizes(rung))),
    element("div", { class: "telling" },
      rung.telling.length ? element("dl", {}, rung.telling.map(([label, value]) => element("div", {}, element("dt", {}, label), element("dd", {}, value)))) : null,
      turned ? element("p", { class: "epoch" }, `from here: ${before.names[rung.epoch]}`) : null,
      thought === null ? null : element("p", { class: "thought" }, thought),
      rung.note === null ? null : element("p", { class: "remark" }, rung.note)));
}

/** Draw a ladder between its two ends. */
function drawLadder(ladder, client, server, outcome) {
  const before = { epoch: { client: 0, server: 0 }, names: ladder.epochs.map((epoch) => epoch.name) };
  const pace = Object.entries(ladder.pace).filter(([, value]) => value !== null);
  return [
    ladder.ending ? element("p", { class: outcome === "complete" ? "lead" : "why" }, ladder.ending) : null,
    pace.length ? element("dl", { class: "pace" }, pace.map(([name, value]) => element("div", {}, element("dt", {}, name), element("dd", {}, span(value))))) : null,
    ladder.where ? element("p", { class: "note" }, `The capture was made ${ladder.where}, as the times tell.`) : null,
    element("div", { class: "ends", "aria-hidden": "true" }, element("span", {}), element("div", { class: "both" },
      element("span", {}, element("strong", {}, "client"), ` ${client}`), element("span", {}, element("strong", {}, "server"), ` ${server}`)), element("span", {})),
    element("ol", { id: "ladder", "aria-label": "The handshake, message by message" }, ladder.rungs.map((rung) => rungItem(rung, before))),
    ladder.leftOut ? element("p", { class: "note" }, `${number(ladder.leftOut, "more step")} not drawn here: tlsscan show draws them.`) : null,
    ladder.taught ? element("p", { class: "note" }, `Numbers are ${ladder.taught}.`) : null,
    ladder.epochs.length ? element("details", {}, element("summary", {}, "Keys"), element("dl", { class: "facts" }, ladder.epochs.map((epoch) =>
      element("div", {}, element("dt", {}, `${epoch.name}${epoch.readable ? "" : " (encrypted)"}`), element("dd", {}, epoch.doc))))) : null,
  ];
}
