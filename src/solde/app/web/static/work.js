// Work: accounts found while one is typed, progress of a job while its page is open, files dropped on a form.
"use strict";
(() => {
  const { $, $$, say } = Solde;
  const headers = { "Solde-Script": "1" };

  // --- accounts found while one is typed ---------------------------------------------------------------------------

  let waiting = 0;
  let asked = null;
  const find = async (field) => {
    const list = field.list;
    if (!list || field.value.trim().length < 2 || [...list.options].some((one) => one.value === field.value)) return;
    asked?.abort();
    asked = new AbortController();
    const address = new URL(field.dataset.find, location.href);
    address.searchParams.set("q", field.value);
    try {
      const answer = await fetch(address, { headers, signal: asked.signal });
      if (!answer.ok) return;
      const found = new DOMParser().parseFromString(`<datalist>${await answer.text()}</datalist>`, "text/html");
      list.replaceChildren(...$$("option", found));
    } catch (error) {
      if (error.name !== "AbortError") say(Solde.t("Not reached"));
    }
  };
  document.addEventListener("input", (event) => {
    if (!event.target.matches("[data-find]")) return;
    clearTimeout(waiting);
    waiting = setTimeout(() => find(event.target), 180);
  });

  // --- progress ----------------------------------------------------------------------------------------------------

  // The part of the page that tells how far a job is, is asked for again: soon at first, later more seldom. When the job has
  // ended the whole page is read again, as it then shows what came of it.
  const FIRST = 700;
  const LONGEST = 8000;
  let pause = FIRST;
  let timer = 0;
  let before = null;

  const rate = (part, said = "") => {
    const now = { at: performance.now(), done: Number(part.dataset.done), step: part.dataset.step };
    const place = $("[data-rate]", part);
    if (place && before && before.step === now.step && now.done > before.done) {
      const speed = (now.done - before.done) * 1000 / (now.at - before.at);
      const left = (Number(part.dataset.total) - now.done) / speed;
      const words = [place.dataset.words.replace("{n}", Math.round(speed).toLocaleString("en").replace(/,/g, "\u202f"))];
      if (left > 0 && Number.isFinite(left)) words.push(place.dataset.left.replace("{n}", left < 90 ? `${Math.ceil(left)} s` : `${Math.ceil(left / 60)} min`));
      place.textContent = words.join(" · ");
    } else if (place && said && before?.step === now.step) {
      place.textContent = said;
    }
    if (!before || before.step !== now.step || now.done > before.done) before = now;
  };

  // That of a dialog goes before that of the page below it.
  const shown = () => $("#act [data-progress]") ?? $("[data-progress]");

  const ask = async () => {
    const part = shown();
    if (!part?.dataset.progress) return;
    if (document.hidden) { timer = setTimeout(ask, pause); return; }
    try {
      const answer = await fetch(part.dataset.progress, { headers });
      if (new URL(answer.url).pathname === "/sign-in") { location.assign(answer.url); return; }
      const next = $("[data-progress]", new DOMParser().parseFromString(await answer.text(), "text/html"));
      if (!next) throw new Error("no progress");
      const moved = next.dataset.done !== part.dataset.done || next.dataset.step !== part.dataset.step;
      pause = Math.min(LONGEST, moved ? Math.max(FIRST, pause * 1.15) : pause * 1.5);
      const own = part.closest("#act [data-again]");
      if (!next.dataset.progress && own) {
        const whole = new DOMParser().parseFromString(await (await fetch(own.dataset.again, { headers })).text(), "text/html");
        if (!own.isConnected) return;
        own.replaceWith($("[data-again]", whole));
        $("#act [data-ready]")?.focus();
        $("#act [data-ready]")?.click();
        say($("#act .act-note")?.textContent ?? "");
        return;
      }
      if (!next.dataset.progress) {
        const whole = await fetch(location.href, { headers });
        Solde.swap(await whole.text(), location.pathname + location.search);
        say($("[data-state]")?.textContent ?? "");
        return;
      }
      if (next.dataset.step !== part.dataset.step) say(next.dataset.step);
      part.replaceWith(next);
      rate(next, $("[data-rate]", part)?.textContent);
    } catch {
      pause = Math.min(LONGEST, pause * 2);
    }
    timer = setTimeout(ask, pause);
  };

  const watch = () => {
    clearTimeout(timer);
    const part = shown();
    if (!part?.dataset.progress) return;
    [pause, before] = [FIRST, null];
    rate(part);
    timer = setTimeout(ask, pause);
  };
  document.addEventListener("solde:swapped", watch);
  document.addEventListener("solde:dialog", watch);
  document.addEventListener("htmx:after:swap", watch);
  watch();

  // --- files dropped on a form -------------------------------------------------------------------------------------

  const name = (zone) => {
    const field = $("input[type=file]", zone);
    const file = field.files[0];
    const most = Number(field.dataset.most);
    const large = file && most && file.size > most;
    $("[data-file-name]", zone).textContent = !file ? "" : large ? field.dataset.large : `${file.name} · ${Math.max(1, Math.round(file.size / 1024)).toLocaleString("en").replace(/,/g, "\u202f")} kB`;
    zone.classList.toggle("has-file", Boolean(file) && !large);
    zone.classList.toggle("has-wrong", Boolean(large));
    field.setCustomValidity(large ? field.dataset.large : "");
  };
  document.addEventListener("change", (event) => {
    const zone = event.target.closest("[data-drop]");
    if (zone && event.target.type === "file") name(zone);
  });
  for (const kind of ["dragover", "dragleave", "drop"]) {
    document.addEventListener(kind, (event) => {
      const zone = event.target.closest?.("[data-drop]");
      if (!zone) return;
      event.preventDefault();
      zone.classList.toggle("is-over", kind === "dragover");
      if (kind !== "drop" || !event.dataTransfer.files.length) return;
      $("input[type=file]", zone).files = event.dataTransfer.files;
      name(zone);
    });
  }
})();
