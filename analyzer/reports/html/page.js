// Here lives: which view is shown, keys, light and dark, the beginning.  Here does not live: any view (views.js), any table (grid.js).

const VIEWS = { handshake: showHandshake, certificate: showCertificate, finding: showFinding, server: showServer };
const KEYS = { handshake: /^\d+$/, server: /^\d+$/, certificate: /^[0-9a-f]+$/, finding: /:/ };
const sections = document.getElementById("sections");
const left = new Map();  // address -> where the reader was there: how far down, and on what
let shown = location.hash;
let steps = 0;  // addresses of this page that lie behind: Back leads there, and not out of the page
let following = false;  // the address changes because of a link, and not by going back or forward

/** Follow a link that is none. */
function goTo(address) {
  following = true;
  location.hash = address;
}

function goBack() {
  if (steps > 0) history.back(); else goTo("#handshakes");
}

/** What an address names: [kind, key] of one thing, or null for a place in the sections. */
function named(address) {
  const [, kind, key] = /^#([a-z]+)-(.+)$/.exec(address) ?? [];
  if (!Object.hasOwn(VIEWS, kind ?? "")) return null;
  let plain = key;
  try { plain = decodeURIComponent(key); } catch { /* it is no encoding: it names what it says */ }
  return KEYS[kind].test(plain) ? [kind, plain] : null;
}

/** Show what the address names: a view of one thing, or the sections; where the reader comes back to, as it was left. */
async function route(back) {
  const asked = location.hash;
  const [kind, key] = named(asked) ?? [null, null];
  const before = back ? left.get(asked) : undefined;
  if (kind !== null) {
    const view = document.getElementById(`${kind}-view`);
    try {
      await VIEWS[kind](view, key);
    } catch (error) {
      trouble(`This view cannot be shown: ${error.message}`);
    }
    if (location.hash !== asked) return;
  }
  sections.hidden = kind !== null;
  for (const name of Object.keys(VIEWS)) {
    const view = document.getElementById(`${name}-view`);
    view.hidden = name !== kind;
    if (view.hidden) view.replaceChildren();
  }
  if (before !== undefined) scrollTo(0, before.down);
  else if (kind !== null) scrollTo(0, 0);
  else document.getElementById(asked.slice(1) || "overview")?.scrollIntoView();
  if (before?.on?.isConnected) before.on.focus({ preventScroll: true });
  else if (kind !== null) document.querySelector(`#${kind}-title`)?.focus({ preventScroll: true });
}

function changed() {
  const back = !following;
  following = false;
  left.set(shown, { down: scrollY, on: document.activeElement });
  shown = location.hash;
  steps += back ? -1 : 1;
  route(back);
}

function trouble(words) {
  const place = document.getElementById("trouble");
  place.textContent = words;
  place.hidden = false;
}

function keys(event) {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const writing = event.target.matches("input, select, textarea");
  if (event.key === "/" && !writing) {
    event.preventDefault();
    if (sections.hidden) goTo("#handshakes");
    setTimeout(() => document.getElementById("search").focus(), 0);
  } else if (event.key === "Escape") {
    if (writing) event.target.blur(); else if (sections.hidden) goBack();
  }
}

/** Light or dark: what the reader's system says, until the button is pressed; it is remembered as long as the page is open. */
function themes() {
  const button = document.getElementById("theme");
  const system = matchMedia("(prefers-color-scheme: dark)");
  let chosen = null;
  const apply = () => {
    const dark = chosen === null ? system.matches : chosen === "dark";
    if (chosen !== null) document.documentElement.dataset.theme = chosen;
    button.textContent = dark ? "Light" : "Dark";
    button.setAttribute("aria-label", dark ? "Switch to light colours" : "Switch to dark colours");
  };
  button.addEventListener("click", () => {
    chosen = (chosen === null ? system.matches : chosen === "dark") ? "light" : "dark";
    apply();
  });
  system.addEventListener("change", apply);
  button.hidden = false;
  apply();
}

/** Say what had no room, which was known only when the page had been written. */
function leftOut() {
  const missing = Object.entries(JSON.parse(document.getElementById("missing").textContent));
  if (missing.length === 0) return;
  const place = document.getElementById("left-out");
  place.hidden = false;
  place.querySelector("ul").append(...missing.map(([words, count]) => element("li", {},
    `The details of ${counted(count)} ${words}; they have their rows in the tables. tlsscan show CAPTURE N draws one, --format json or --format parquet has all.`)));
}

async function begin() {
  themes();
  leftOut();
  if (typeof DecompressionStream === "undefined") {
    trouble("This browser cannot unpack the tables (it has no DecompressionStream): open the page with a newer one. The overview, the first findings and the servers are below.");
    return;
  }
  try {
    await openTables();
  } catch (error) {
    trouble(`The tables cannot be unpacked: ${error.message}`);
    return;
  }
  history.scrollRestoration = "manual";
  addEventListener("click", (event) => { if (event.target.closest?.('a[href^="#"]')) following = true; });
  addEventListener("hashchange", changed);
  addEventListener("keydown", keys);
  document.documentElement.dataset.ready = "yes";
  if (location.hash.length > 1) await route(false);
}

begin();
