// Ctrl-K: search customers, accounts and pages from anywhere.
"use strict";
(() => {
  const { $, $$ } = Solde;
  const palette = $("#palette");
  if (!palette) return;
  const field = $("input", palette);
  const found = $("#palette-found");
  let asked = null;
  let waiting = 0;

  const options = () => $$("[role=option]", found);
  const at = () => options().findIndex((one) => one.getAttribute("aria-selected") === "true");
  const choose = (place) => {
    const all = options();
    if (!all.length) return;
    const next = (place + all.length) % all.length;
    all.forEach((one, i) => one.setAttribute("aria-selected", String(i === next)));
    all[next].scrollIntoView({ block: "nearest" });
    field.setAttribute("aria-activedescendant", all[next].id);
  };

  const ask = async () => {
    asked?.abort();
    asked = new AbortController();
    try {
      const answer = await fetch(`/search?${new URLSearchParams({ q: field.value })}`, { signal: asked.signal, headers: { "Solde-Dialog": "1" } });
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      found.replaceChildren(...($("#found", page)?.childNodes ?? []));
      $$("[data-option]", found).forEach((link, at) => {
        link.id = `found-${at}`;
        link.tabIndex = -1;
        link.setAttribute("role", "option");
      });
      $$("h2", found).forEach((heading) => heading.setAttribute("role", "presentation"));
      choose(0);
    } catch (error) {
      if (error.name !== "AbortError") found.textContent = "";
    }
  };

  const open = () => {
    if (palette.open) return;
    palette.showModal();
    field.select();
    ask();
  };

  field.addEventListener("input", () => { clearTimeout(waiting); waiting = setTimeout(ask, 80); });
  palette.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown") { event.preventDefault(); choose(at() + 1); }
    if (event.key === "ArrowUp") { event.preventDefault(); choose(at() - 1); }
    if (event.key === "Enter") {
      const link = options()[Math.max(0, at())];
      if (link) { event.preventDefault(); palette.close(); location.assign(link.href); }
    }
  });
  palette.addEventListener("click", (event) => { if (event.target === palette) palette.close(); });
  document.addEventListener("click", (event) => { if (event.target.closest("[data-palette]")) open(); });
  document.addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k" && !event.altKey) {
      event.preventDefault();
      open();
    }
  });
})();
