// The Balance tab: the menu of types, suggestions that choose rows, details that follow an action. Nothing of it is needed to read it.
"use strict";
(() => {
  const { $, $$, say } = Solde;

  // --- the menu of types ------------------------------------------------------------------------------------------

  const narrow = (menu) => {
    const words = $("[data-menu-search]", menu).value.trim().toLocaleLowerCase().split(/\s+/);
    let shown = 0;
    for (const item of $$("[data-words]", menu)) {
      const text = item.dataset.words.toLocaleLowerCase();
      item.hidden = !words.every((word) => text.includes(word));
      shown += item.hidden ? 0 : 1;
    }
    // A class without a type that fits is not named.
    for (const title of $$(".menu-title", menu)) {
      let next = title.nextElementSibling;
      while (next?.matches("[data-words][hidden]")) next = next.nextElementSibling;
      title.hidden = !next?.matches("[data-words]");
    }
    $("[data-menu-none]", menu).hidden = shown > 0;
  };

  document.addEventListener("input", (event) => {
    if (event.target.matches("[data-menu-search]")) narrow(event.target.closest("[data-new-menu]"));
  });

  // A toggle is told some time after it: who went on by keys meanwhile stays there.
  const begin = (menu) => {
    const within = menu.contains(document.activeElement) && !document.activeElement.matches("summary");
    if (!within) ($("[data-menu-search]", menu) ?? $("a.item", menu))?.focus();
  };
  document.addEventListener("toggle", (event) => {
    if (event.target.matches?.("[data-new-menu][open]")) begin(event.target);
  }, true);

  document.addEventListener("keydown", (event) => {
    const menu = event.target.closest?.("[data-new-menu]");
    if (menu) {
      const items = $$("a.item", menu).filter((item) => item.checkVisibility());
      const at = items.indexOf(document.activeElement);
      if (event.key === "ArrowDown" || event.key === "ArrowUp") {
        event.preventDefault();
        const to = at + (event.key === "ArrowDown" ? 1 : -1);
        (to < 0 ? $("[data-menu-search]", menu) : items[Math.min(to, items.length - 1)])?.focus();
      } else if (event.key === "Enter" && event.target.matches("[data-menu-search]")) {
        event.preventDefault();
        items.find((item) => item.matches("[data-words]"))?.click();
      } else if (event.key === "Escape") {
        event.stopPropagation();
        menu.open = false;
        $("summary", menu).focus();
      }
      return;
    }
    if (event.key !== "+" || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.closest("input:not([type=checkbox]), select, textarea, dialog")) return;
    const closed = $("[data-new-menu]");
    if (!closed) return;
    event.preventDefault();
    closed.open = true;
    begin(closed);
  });

  // --- suggestions ------------------------------------------------------------------------------------------------

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-choose]");
    if (!button) return;
    const wanted = new Set(button.dataset.choose.split(" "));
    const rows = $$("[data-grid='operations'] tbody tr[data-key]");
    const there = rows.filter((row) => wanted.has(row.dataset.key));
    // Rows that are not in sight cannot be chosen in the list; the match itself is opened with them.
    if (there.length < wanted.size) { Solde.openDialog(button.dataset.href); return; }
    for (const row of rows) {
      const box = $("[data-pick]", row);
      const on = wanted.has(row.dataset.key);
      if (box.checked === on) continue;
      box.checked = on;
      box.dispatchEvent(new Event("change", { bubbles: true }));
    }
    $("#drawer").close();
    there[0].scrollIntoView({ block: "center" });
  });

  // --- a detail that stays open while an action is done ------------------------------------------------------------

  document.addEventListener("solde:swapped", async () => {
    const drawer = $("#drawer");
    const address = $("[data-detail]", drawer)?.dataset.detail;
    if (!drawer.open || !address) return;
    const answer = await fetch(address).catch(() => null);
    if (!answer?.ok) return;
    const next = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("#detail");
    if (!next || !drawer.open) return;
    $("#drawer-body").replaceChildren(next);
    window.htmx?.process($("#drawer-body"));
    say("Updated");
  });

  // --- the keys of this page, in the help ---------------------------------------------------------------------------

  const tellKeys = () => {
    const keys = $("[data-keys-of-page]");
    const place = $("[data-page-keys]");
    if (!place) return;
    place.replaceChildren(...(keys ? [keys.content.cloneNode(true)] : []));
    place.hidden = !keys;
  };
  document.addEventListener("solde:swapped", tellKeys);
  document.addEventListener("htmx:after:swap", tellKeys);
  tellKeys();
})();
