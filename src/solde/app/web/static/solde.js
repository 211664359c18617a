// What a list does in the browser: keyboard, selection with totals, columns, density; the drawer; theme. No page needs it to be read.

const $ = (selector, within = document) => within.querySelector(selector);
const $$ = (selector, within = document) => [...within.querySelectorAll(selector)];

const kept = {
  get(name) {
    try { return JSON.parse(localStorage.getItem(`solde.${name}`)); } catch { return null; }
  },
  set(name, value) {
    try { localStorage.setItem(`solde.${name}`, typeof value === "string" ? value : JSON.stringify(value)); } catch { /* private window */ }
  },
  drop(name) {
    try { localStorage.removeItem(`solde.${name}`); } catch { /* private window */ }
  },
};

const say = (text) => { $("[data-announce]").textContent = text; };

// Amounts are whole millionths, so sums are exact.
const MILLION = 1000000n;
const format = (micros, decimals) => {
  const size = micros < 0n ? -micros : micros;
  const whole = (size / MILLION).toString().replace(/\B(?=(\d{3})+$)/g, "\u202f");
  const part = (size % MILLION).toString().padStart(6, "0").replace(/0+$/, "").padEnd(decimals, "0");
  return part ? `${whole}.${part}` : whole;
};

// --- rows -------------------------------------------------------------------------------------------------------

const grid = () => $("[data-grid]");
const rows = () => $$("tbody tr[data-key]", grid() ?? document.createElement("div"));
const current = () => $("tr.current");

const moveTo = (row) => {
  if (!row) return;
  current()?.classList.remove("current");
  rows().forEach((other) => { other.tabIndex = other === row ? 0 : -1; });
  row.classList.add("current");
  row.focus({ preventScroll: true });
  row.scrollIntoView({ block: "nearest" });
};

const step = (by) => {
  const all = rows();
  const at = all.indexOf(current());
  moveTo(all[at < 0 ? (by > 0 ? 0 : all.length - 1) : Math.min(all.length - 1, Math.max(0, at + by))]);
};

const choose = (row, on) => {
  const box = $("[data-pick]", row);
  if (!box) return;
  box.checked = on;
  row.classList.toggle("chosen", on);
};

const chosen = () => rows().filter((row) => row.classList.contains("chosen"));

const total = () => {
  const list = grid();
  if (!list) return;
  const bar = $("[data-selection]", list);
  const picked = chosen();
  bar.hidden = picked.length === 0;
  document.body.classList.toggle("has-selection", picked.length > 0);
  const all = $("[data-pick-all]", list);
  if (all) {
    all.checked = picked.length > 0 && picked.length === rows().length;
    all.indeterminate = picked.length > 0 && picked.length < rows().length;
  }
  if (!picked.length) return;
  $("[data-count]", bar).textContent = `${picked.length} selected`;
  const sums = $("[data-sums]", bar);
  sums.replaceChildren();
  const units = [...new Set(picked.map((row) => row.dataset.unit))];
  for (const labelled of sums.dataset.labels.split(";").filter(Boolean)) {
    const [key, label, kind] = labelled.split(":");
    for (const unit of units) {
      const of = picked.filter((row) => row.dataset.unit === unit);
      const sum = of.reduce((so, row) => so + BigInt(row.getAttribute(`data-sum-${key}`) ?? "0"), 0n);
      if (sum === 0n && kind !== "signed") continue;
      const figure = document.createElement("b");
      const word = kind === "signed" && sum !== 0n ? (sum > 0n ? " DR" : " CR") : "";
      figure.textContent = `${format(sum, Number(of[0].dataset.decimals))}${word}`;
      const item = document.createElement("span");
      item.append(`${label} `, figure, ` ${unit}`);
      sums.append(item);
    }
  }
  say(bar.textContent.replace(/\s+/g, " "));
};

const clear = () => { rows().forEach((row) => choose(row, false)); total(); };

// --- columns, density, theme ------------------------------------------------------------------------------------

const applyColumns = () => {
  const list = grid();
  if (!list) return;
  const hidden = new Set(kept.get(`columns.${list.dataset.grid}`) ?? []);
  $$("[data-col]", list).forEach((cell) => { cell.hidden = hidden.has(cell.dataset.col); });
  $$("[data-columns] input[value]").forEach((box) => { box.checked = !hidden.has(box.value); });
  $$("input[data-density]").forEach((box) => { box.checked = document.documentElement.dataset.density === "compact"; });
};

const toggleTheme = () => {
  const dark = document.documentElement.classList.toggle("dark");
  kept.set("theme", dark ? "dark" : "light");
  say(dark ? "Dark" : "Light");
};

// Whether a list is wider than its place is measured: it depends on what stands in it.
const fit = () => {
  const place = $(".grid-scroll");
  if (!place) return;
  place.classList.remove("wide");
  place.classList.toggle("wide", place.firstElementChild.offsetWidth > place.clientWidth);
};

// --- recently viewed --------------------------------------------------------------------------------------------

const RECENT_MOST = 8;

const noteViewed = () => {
  const top = $("[data-viewed]");
  const list = (kept.get("recent") ?? []).filter((one) => Array.isArray(one) && String(one[0]).startsWith("/accounts/"));
  if (top) {
    const here = [top.dataset.viewed, top.dataset.viewedName];
    list.splice(0, list.length, here, ...list.filter((one) => one[0] !== here[0]).slice(0, RECENT_MOST - 1));
    kept.set("recent", list);
  }
  const place = $("[data-recent]");
  if (!place) return;
  place.hidden = list.length === 0;
  const links = $("ul", place) ?? place.appendChild(document.createElement("ul"));
  links.replaceChildren(...list.map(([href, name]) => {
    const item = document.createElement("li");
    const link = document.createElement("a");
    link.href = href;
    link.textContent = name;
    link.title = name;
    item.append(link);
    return item;
  }));
};

// --- the drawer -------------------------------------------------------------------------------------------------

let returnTo = null;

const openDrawer = () => {
  const drawer = $("#drawer");
  if (!drawer.open) {
    returnTo = document.activeElement;
    drawer.showModal();
  }
  drawer.scrollTop = 0;
};

// --- wiring -----------------------------------------------------------------------------------------------------

const refresh = () => {
  const title = $("#content")?.dataset.title;
  if (title) document.title = title;
  document.body.classList.remove("has-selection");
  rows().forEach((row, at) => { row.tabIndex = at === 0 ? 0 : -1; });
  applyColumns();
  fit();
  total();
  noteViewed();
};

let typing = null;

document.addEventListener("htmx:before:swap", () => {
  const field = document.activeElement;
  typing = field?.matches?.("[data-search]") ? [field.value, field.selectionStart] : null;
});

document.addEventListener("htmx:after:swap", (event) => {
  const target = event.detail?.ctx?.target ?? event.target;
  if (target?.id === "drawer-body") {
    // Closed again before its content had settled, it stays closed.
    if (target.childElementCount) openDrawer();
    return;
  }
  refresh();
  const field = typing && $("[data-search]");
  if (field) {
    [field.value] = typing;
    field.focus();
    field.setSelectionRange(typing[1], typing[1]);
  }
  typing = null;
  const found = rows().length;
  say(found ? `${found} rows` : "Nothing found");
});

document.addEventListener("htmx:response:error", (event) => {
  if (event.detail?.ctx?.response?.status === 401) location.assign(`/sign-in?next=${encodeURIComponent(location.pathname + location.search)}`);
});

document.addEventListener("change", (event) => {
  const field = event.target;
  if (field.matches("[data-pick]")) {
    choose(field.closest("tr"), field.checked);
    total();
  } else if (field.matches("[data-pick-all]")) {
    rows().forEach((row) => choose(row, field.checked));
    total();
  } else if (field.matches("input[data-density]")) {
    document.documentElement.dataset.density = field.checked ? "compact" : "roomy";
    kept.set("density", field.checked ? "compact" : "roomy");
  } else if (field.closest("[data-columns]")) {
    kept.set(`columns.${grid().dataset.grid}`, $$("[data-columns] input[value]").filter((box) => !box.checked).map((box) => box.value));
    applyColumns();
    fit();
  }
});

document.addEventListener("click", (event) => {
  const at = event.target;
  $$("details[data-menu][open]").forEach((menu) => { if (!menu.contains(at)) menu.open = false; });
  if (at.closest("[data-theme-toggle]")) toggleTheme();
  if (at.closest("[data-help]")) $("#help").showModal();
  if (at.closest("[data-clear]")) clear();
  if (at.closest("[data-sign-out]")) kept.drop("recent");
  if (at.matches("dialog[open]")) at.close();
  const row = at.closest("tbody tr[data-key]");
  if (row && !at.closest("a, input, button, label") && !String(getSelection())) moveTo(row);
});

$("#drawer").addEventListener("close", () => {
  $("#drawer-body").replaceChildren();
  if (returnTo?.isConnected) returnTo.focus({ preventScroll: true });
  returnTo = null;
});

const KEYS = {
  j: () => step(1),
  k: () => step(-1),
  x: () => { const row = current(); if (row) { choose(row, !row.classList.contains("chosen")); total(); } },
  Enter: () => $(".row-link", current() ?? document.createElement("div"))?.click(),
  e: () => $("[data-explain]")?.click(),
  n: () => $("[data-next]")?.click(),
  p: () => $("[data-first]")?.click(),
  "/": () => { const field = $("[data-search]"); field?.focus(); field?.select(); },
  "?": () => $("#help").showModal(),
};

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  if (event.key === "Escape") {
    const menu = $("details[data-menu][open]");
    if (menu) {
      menu.open = false;
      $("summary", menu).focus();
    } else if (event.target.matches("[data-search]")) {
      event.target.blur();
    } else if (!$("dialog[open]") && chosen().length) {
      clear();
    }
    return;
  }
  if (event.target.closest("input, select, textarea, dialog")) return;
  if (event.key === "Enter" && event.target.closest("a, button, summary")) return;
  const act = KEYS[event.key];
  if (act) {
    event.preventDefault();
    act();
  }
});

addEventListener("resize", fit);
document.fonts.ready.then(fit);
refresh();
