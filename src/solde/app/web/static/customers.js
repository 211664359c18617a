// The form of a customer: a field is checked as it is left, links lead to the field they name, a seller brings its own
// country, language and currency. Without this script everything is checked when the form is sent.
"use strict";
(() => {
  const { $, $$ } = Solde;
  const form = () => $("form[data-check]");
  const fieldOf = (name) => document.getElementById(`f-${name}`);

  // --- what is wrong, beside the field and on the tab ------------------------------------------------------------------

  const tell = (name, words, wrong) => {
    const input = fieldOf(name);
    const place = input?.closest(".field");
    if (!place) return;
    let note = document.getElementById(`n-${name}`);
    if (!note) {
      note = document.createElement("small");
      note.id = `n-${name}`;
      place.append(note);
    }
    if (!note.classList.contains("wrong")) note.dataset.hint ??= note.textContent;
    note.className = wrong ? "wrong" : "quiet";
    note.textContent = words || note.dataset.hint || "";
    place.classList.toggle("has-wrong", wrong);
    if (wrong) input.setAttribute("aria-invalid", "true");
    else input.removeAttribute("aria-invalid");
    input.setAttribute("aria-describedby", note.id);
  };

  const count = () => {
    for (const section of $$("[data-tab]")) {
      const mark = $(`#to-${section.id.slice(4)} [data-count]`);
      if (!mark) continue;
      const wrong = $$("[aria-invalid='true']", section).length;
      mark.hidden = !wrong;
      mark.firstChild.textContent = String(wrong);
    }
  };

  const check = async (input) => {
    const within = input.form;
    const body = new URLSearchParams(new FormData(within));
    body.set("field", input.name);
    const before = input.value;
    try {
      const answer = await fetch(within.dataset.check, { method: "POST", body, headers: { "Solde-Script": "1" } });
      if (!answer.ok || input.value !== before) return;
      const { wrong, checked, said, codes } = await answer.json();
      // A name that was typed becomes its code; the name stands below.
      for (const [name, code] of Object.entries(codes)) fieldOf(name).value = code;
      for (const name of Object.keys(checked)) tell(name, wrong[name] ?? said[name] ?? "", name in wrong);
      count();
    } catch {
      // It is checked when the form is sent.
    }
  };

  document.addEventListener("change", (event) => {
    const input = event.target;
    if (!input.form?.dataset.check || input.type === "hidden") return;
    if (input.name === "seller") follow(input);
    if (input.value.trim()) check(input);
    else if (!input.hasAttribute("aria-required")) { tell(input.name, "", false); count(); }
  });

  // --- a seller's own country, language and currency -------------------------------------------------------------------

  const follow = (select) => {
    const sellers = JSON.parse(select.form.dataset.sellers ?? "{}");
    const was = sellers[select.dataset.was ?? $("option[selected]", select)?.value] ?? {};
    for (const [name, value] of Object.entries(sellers[select.value] ?? {})) {
      const input = fieldOf(name);
      if (!input || input.value !== (was[name] ?? "")) continue;
      input.value = value;
      check(input);
    }
    select.dataset.was = select.value;
  };

  // --- ways through the form ------------------------------------------------------------------------------------------

  const reach = (name) => {
    const input = fieldOf(name);
    const section = input?.closest("[data-tab]");
    if (section?.hidden) document.getElementById(`to-${section.id.slice(4)}`)?.click();
    input?.focus();
    return Boolean(input);
  };

  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[href*='#f-']");
    if (link && form() && link.pathname === location.pathname && reach(link.hash.slice(3))) { event.preventDefault(); return; }
    const next = event.target.closest("[data-next-tab]");
    if (next) {
      document.getElementById(`to-${next.dataset.nextTab}`)?.click();
      $("input, select, textarea", document.getElementById(`tab-${next.dataset.nextTab}`))?.focus();
      scrollTo({ top: 0 });
      return;
    }
    // Another kind of customer keeps what is typed.
    const kind = event.target.closest("[data-switch]");
    if (!kind || !form() || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    const chosen = document.createElement("input");
    Object.assign(chosen, { type: "hidden", name: "switch", value: kind.dataset.switch });
    form().append(chosen);
    form().submit();
  });

  const begin = () => {
    if (!form() || $("[aria-invalid='true'], [role='alert']", form())) return;
    if (!location.hash.startsWith("#f-") || !reach(location.hash.slice(3))) $("[data-tab]:not([hidden]) input", form())?.focus({ preventScroll: true });
  };
  begin();
})();
