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
  let answered = null;
  let eager = false;

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
    const q = field.value;
    try {
      const answer = await fetch(`/search?${new URLSearchParams({ q })}`, { signal: asked.signal, headers: { "Solde-Dialog": "1" } });
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      found.replaceChildren(...($("#found", page)?.childNodes ?? []));
      $$("[data-option]", found).forEach((link, at) => {
        link.id = `found-${at}`;
        link.tabIndex = -1;
        link.setAttribute("role", "option");
      });
      $$("h2", found).forEach((heading) => heading.setAttribute("role", "presentation"));
      choose(0);
      answered = q;
      if (eager) follow();
    } catch (error) {
      if (error.name !== "AbortError") found.textContent = "";
    }
  };

  const follow = () => {
    eager = false;
    const link = options()[Math.max(0, at())];
    if (!link) return;
    palette.close();
    location.assign(link.href);
  };

  // What is shown may answer fewer letters than were typed: Enter then waits for the answer to all of them.
  const enter = () => {
    if (answered === field.value) { follow(); return; }
    eager = true;
    clearTimeout(waiting);
    ask();
  };

  const open = () => {
    if (palette.open) return;
    eager = false;
    answered = null;
    palette.showModal();
    field.select();
    ask();
  };

  field.addEventListener("input", () => { eager = false; clearTimeout(waiting); waiting = setTimeout(ask, 80); });
  palette.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown") { event.preventDefault(); choose(at() + 1); }
    if (event.key === "ArrowUp") { event.preventDefault(); choose(at() - 1); }
    if (event.key === "Enter" && !event.isComposing) {
      event.preventDefault();
      enter();
    }
  });
  palette.addEventListener("click", (event) => { if (event.target === palette) palette.close(); });
  palette.addEventListener("close", () => {
    eager = false;
    clearTimeout(waiting);
    asked?.abort();
  });
  document.addEventListener("click", (event) => { if (event.target.closest("[data-palette]")) open(); });
  document.addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k" && !event.altKey) {
      event.preventDefault();
      open();
    }
  });
})();
