"use strict";
// The law of this script: it shows what stands in the page, fetches nothing and runs nothing that the wire wrote.
// Text reaches the page only as text (textContent, setAttribute of names listed here): no innerHTML, no style attribute,
// no handler in markup.  What is hidden in a text was made visible before it was embedded.
//
// Here lives: making elements.  Here does not live: data (store.js), tables (grid.js), views (views.js, ladder.js).

const ATTRIBUTES = new Set(["class", "id", "href", "type", "role", "title", "value", "for", "scope", "colspan", "tabindex", "hidden",
  "placeholder", "disabled", "selected", "checked", "open", "name", "download", "autocomplete", "spellcheck"]);

/** Make an element: attributes of the list above, aria-* and data-*; "on" holds listeners; children are nodes or texts. */
function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name === "on") {
      for (const [event, listener] of Object.entries(value)) made.addEventListener(event, listener);
    } else if (ATTRIBUTES.has(name) || name.startsWith("aria-") || name.startsWith("data-")) {
      made.setAttribute(name, value === true ? "" : String(value));
    } else {
      throw new Error(`no attribute of ours: ${name}`);
    }
  }
  made.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return made;
}

/** A link to something in this page. */
const link = (kind, key, ...children) => element("a", { href: `#${kind}-${encodeURIComponent(key)}` }, ...children);

const badge = (word) => element("span", { class: `badge ${/^[a-z_]+$/.test(word) ? word : ""}` }, word.replaceAll("_", " "));

const counted = (count) => count.toLocaleString("en-US");

const number = (count, word) => `${counted(count)} ${word}${count === 1 ? "" : "s"}`;

/** Microseconds since 1970 UTC as people write them. */
function moment(us) {
  const date = new Date(Math.floor(us / 1000));
  if (Number.isNaN(date.getTime())) return `${us} µs`;
  return `${date.toISOString().slice(0, 23).replace("T", " ")}`;
}

/** Nanoseconds as a span that people read. */
function span(ns) {
  const size = Math.abs(ns);
  if (size < 1e3) return `${ns} ns`;
  if (size < 1e6) return `${(ns / 1e3).toFixed(0)} µs`;
  if (size < 1e9) return `${(ns / 1e6).toFixed(size < 1e8 ? 2 : 0)} ms`;
  return `${(ns / 1e9).toFixed(size < 1e11 ? 2 : 0)} s`;
}

/** A text in a box with a button that copies it. */
function copied(text, label) {
  const button = element("button", { type: "button", class: "copy", "aria-label": `Copy ${label}` }, "Copy");
  button.addEventListener("click", async () => {
    let done = true;
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      const box = element("textarea", { class: "aside" });
      box.value = text;
      document.body.append(box);
      box.select();
      done = document.execCommand("copy");
      box.remove();
    }
    button.textContent = done ? "Copied" : "Cannot copy";
    setTimeout(() => { button.textContent = "Copy"; }, 1500);
  });
  return element("div", { class: "copied" }, element("code", { tabindex: "0", role: "region", "aria-label": label }, text), button);
}

/** Facts as a list of names and values. */
const facts = (pairs) => element("dl", { class: "facts" }, pairs.map(([name, value, doc]) => element("div", {},
  element("dt", { title: doc }, name.replaceAll("_", " ")), element("dd", {}, value))));
