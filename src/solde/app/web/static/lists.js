// What a list does in the browser: keyboard, selection with totals and actions, columns; the drawer. No page needs it to be read.
"use strict";
(() => {
const { $, $$, say, like, t, tell } = Solde;

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
  act();
  if (!picked.length) return;
  const count = $("[data-count]", bar);
  count.textContent = count.dataset.words.replace("{n}", picked.length);
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
      figure.textContent = `${Solde.money(sum, Number(of[0].dataset.decimals))}${word}`;
      const item = document.createElement("span");
      item.append(`${label} `, figure, ` ${unit}`);
      sums.append(item);
    }
  }
  list.style.setProperty("--selection-height", `${bar.offsetHeight}px`);
  say([count.textContent, ...$$("[data-sums] > span", bar).map((one) => one.textContent)].join(", "));
};

// An action on the selection opens its dialog with the chosen rows; one that does not fit says why.
const act = () => {
  const bar = $("[data-actions]", grid());
  if (!bar) return;
  const picked = chosen();
  const kinds = new Set(picked.flatMap((row) => (row.dataset.kinds ?? "").split(" ").filter(Boolean)));
  const meets = (wish) => wish.startsWith("!") ? !kinds.has(wish.slice(1)) : kinds.has(wish);
  for (const button of $$("[data-for]", bar)) {
    const missing = button.dataset.for.split(" ").filter(Boolean).find((wish) => !meets(wish));
    const none = missing !== undefined;
    const many = button.dataset.one !== undefined && picked.length > 1;
    const here = (button.dataset.shown ?? "").split(" ").filter(Boolean).every(meets);
    button.hidden = !here || (none && button.dataset.hide !== undefined);
    button.toggleAttribute("aria-disabled", none || many);
    if (none || many) button.setAttribute("aria-disabled", "true");
    const whys = JSON.parse(button.dataset.whys ?? "{}");
    button.title = none ? whys[missing] ?? button.dataset.why ?? "" : many ? button.dataset.whyOne ?? "" : "";
    const address = new URL(button.dataset.href, location.href);
    picked.forEach((row) => address.searchParams.append("n", row.dataset.key));
    if (none || many) button.removeAttribute("href");
    else button.setAttribute("href", address.pathname + address.search);
  }
};

const clear = () => { rows().forEach((row) => choose(row, false)); total(); };

// --- columns, density, theme ------------------------------------------------------------------------------------

const applyColumns = () => {
  const list = grid();
  if (!list) return;
  const hidden = new Set($$("[data-columns] input[value]").filter((box) => !box.checked).map((box) => box.value));
  $$("[data-col]", list).forEach((cell) => { cell.hidden = hidden.has(cell.dataset.col); });
};

// The order in which columns give way where room is short: empty ones, those marked as spare, then from the last; money stays longest.
const spare = (list) => $$("thead th[data-col]:not([hidden], [data-fixed])", list)
  .map((head, at) => {
    const empty = $$(`tbody td[data-col="${head.dataset.col}"]`, list).every((cell) => cell.classList.contains("blank"));
    return { key: head.dataset.col, label: head.textContent.trim(), rank: (empty ? 1e6 : 0) + Number(head.dataset.spare ?? 0) * 1e3 + at - (head.classList.contains("k-money") ? 100 : 0) };
  })
  .sort((a, b) => b.rank - a.rank);

// Whether a list is wider than its place is measured: it depends on what stands in it.
const fit = () => {
  const place = $(".grid-scroll");
  if (!place) return;
  const list = grid();
  const isWide = () => place.firstElementChild.offsetWidth > place.clientWidth;
  $$("[data-squeezed]", list).forEach((cell) => { delete cell.dataset.squeezed; });
  place.classList.remove("wide");
  const gone = [];
  for (const column of isWide() ? spare(list) : []) {
    if (!isWide()) break;
    $$(`[data-col="${column.key}"]`, list).forEach((cell) => { cell.dataset.squeezed = ""; });
    gone.push(column.label);
  }
  place.classList.toggle("wide", isWide());
  const note = $("[data-no-room]");
  if (note) {
    note.hidden = !gone.length;
    note.textContent = t("No room: {columns}", { columns: gone.join(", ") });
  }
};

// Columns stand as the chooser lists them.
const reorder = () => {
  const order = $$("[data-column]").map((one) => one.dataset.column);
  $$("thead tr, tbody tr", grid()).forEach((row) => {
    const cells = Object.fromEntries($$("[data-col]", row).map((cell) => [cell.dataset.col, cell]));
    row.append(...order.map((key) => cells[key]).filter(Boolean));
  });
  like({ grid: grid().dataset.grid, order: order.join(" ") });
  fit();
};

const move = (button) => {
  const column = button.closest("[data-column]");
  const by = Number(button.dataset.move);
  const other = by < 0 ? column.previousElementSibling : column.nextElementSibling;
  if (!other?.matches("[data-column]")) return;
  other[by < 0 ? "before" : "after"](column);
  button.focus();
  reorder();
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
  say(found ? t("{n} rows", { n: found }) : t("Nothing found"));
});

document.addEventListener("solde:swapped", refresh);

// What cannot be shown beside the list is told; in the list's own place the page that says no is shown.
const tellWhy = (html) => {
  const page = new DOMParser().parseFromString(html, "text/html");
  tell([$("main h1", page), $("main [data-detail]", page)].map((one) => one?.textContent.trim()).filter(Boolean).join(": "));
};

document.addEventListener("htmx:response:error", (event) => {
  const { response, target, text } = event.detail?.ctx ?? {};
  if (response?.status === 401) location.assign(`/sign-in?next=${encodeURIComponent(location.pathname + location.search)}`);
  else if (target === "#drawer-body" || target?.id === "drawer-body") tellWhy(text);
});

document.addEventListener("htmx:error", () => tell(t("The server did not answer. Try again.")));

document.addEventListener("change", (event) => {
  const field = event.target;
  if (field.matches("[data-pick]")) {
    choose(field.closest("tr"), field.checked);
    total();
  } else if (field.matches("[data-pick-all]")) {
    rows().forEach((row) => choose(row, field.checked));
    total();
  } else if (field.matches("[data-reload]")) {
    setTimeout(() => location.reload(), 150);
  } else if (field.closest("[data-columns]")) {
    const hidden = $$("[data-columns] input[value]").filter((box) => !box.checked).map((box) => box.value);
    like({ grid: grid().dataset.grid, hidden: hidden.join(" ") });
    applyColumns();
    fit();
  }
});

document.addEventListener("click", (event) => {
  const at = event.target;
  $$("details[data-menu][open]").forEach((menu) => { if (!menu.contains(at)) menu.open = false; });
  if (at.closest("[data-help]")) { at.closest("details")?.removeAttribute("open"); $("#help").showModal(); }
  if (at.closest("[data-clear]")) clear();
  if (at.closest("[data-move]")) move(at.closest("[data-move]"));
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
  if (event.target.closest("input:not([type=checkbox]), select, textarea, dialog")) return;
  if (event.key === "Enter" && event.target.closest("a, button, summary")) return;
  // A key of an action that is in sight goes before the list's own.
  const keyed = $$("a[data-key]").find((link) => link.dataset.key === event.key && link.checkVisibility());
  const known = keyed ? null : KEYS[event.key];
  if (known || keyed) {
    event.preventDefault();
    if (known) known();
    else keyed.click();
  }
});

addEventListener("resize", fit);
document.fonts.ready.then(fit);
refresh();
})();
