// A day is typed as people write it: 30 Nov 2026, 30/11/2026, 2026-11-30. What was understood is said at once, and a calendar
// offers itself. The server reads the same, so nothing here is needed to work.
"use strict";
(() => {
  const { $, $$ } = Solde;
  const lang = document.documentElement.lang;
  const months = {
    en: ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"],
    fr: ["janv.", "févr.", "mars", "avr.", "mai", "juin", "juil.", "août", "sept.", "oct.", "nov.", "déc."],
  };
  const bare = (word) => word.toLowerCase().normalize("NFD").replace(/[\u0300-\u036f.]/g, "");
  const full = (at) => ["en", "fr"].map((one) => bare(new Intl.DateTimeFormat(one, { month: "long", timeZone: "UTC" }).format(Date.UTC(2026, at, 1))));

  // The number of the one month that begins like the word; of three letters at least.
  const monthOf = (word) => {
    if (/^\d+$/.test(word)) return Number(word);
    const wanted = bare(word);
    const found = wanted.length < 3 ? [] : months.en.map((_, at) => at).filter((at) => full(at).some((name) => name.startsWith(wanted)));
    return found.length === 1 ? found[0] + 1 : 0;
  };

  // A day as [year, month, day], or null.
  const read = (text) => {
    const iso = /^(\d{4})-(\d{2})-(\d{2})$/.exec(text.trim());
    const typed = /^(\d{1,2})\s*[\s./-]\s*(\d{1,2}|\p{L}+\.?)\s*[\s./-]\s*(\d{4})$/u.exec(text.trim());
    if (!iso && !typed) return null;
    const [year, month, day] = iso ? [iso[1], iso[2], iso[3]].map(Number) : [Number(typed[3]), monthOf(typed[2]), Number(typed[1])];
    const made = new Date(Date.UTC(year, month - 1, day));
    made.setUTCFullYear(year);
    return made.getUTCFullYear() === year && made.getUTCMonth() === month - 1 && made.getUTCDate() === day ? [year, month, day] : null;
  };
  const write = ([year, month, day]) => `${day} ${(months[lang] ?? months.en)[month - 1]} ${year}`;
  const iso = ([year, month, day]) => [String(year).padStart(4, "0"), String(month).padStart(2, "0"), String(day).padStart(2, "0")].join("-");

  const tell = (field) => {
    const input = $("[data-day]", field);
    const place = $("[data-day-said]", field);
    const found = read(input.value);
    const words = found ? new Intl.DateTimeFormat(lang, { weekday: "short", timeZone: "UTC" }).format(Date.UTC(...[found[0], found[1] - 1, found[2]])) : "";
    place.textContent = found ? `= ${words} ${write(found)}` : "";
    place.hidden = !found || input.value === write(found);
  };

  // The browser's own calendar, which needs no place of its own: the button stands inside the field.
  const withCalendar = (field) => {
    const input = $("[data-day]", field);
    const native = document.createElement("input");
    if (!native.showPicker || $("[data-calendar]", field)) return;
    native.type = "date";
    native.className = "day-native";
    native.tabIndex = -1;
    native.setAttribute("aria-hidden", "true");
    const button = document.createElement("button");
    button.type = "button";
    button.className = "day-open";
    button.dataset.calendar = "";
    button.tabIndex = -1;
    button.setAttribute("aria-label", Solde.t("Calendar"));
    const icon = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    icon.setAttribute("class", "icon");
    icon.setAttribute("viewBox", "0 0 24 24");
    icon.setAttribute("aria-hidden", "true");
    const lines = document.createElementNS("http://www.w3.org/2000/svg", "path");
    lines.setAttribute("d", "M8 2v4M16 2v4M3 10h18M5 4h14a2 2 0 0 1 2 2v14a2 2 0 0 1-2 2H5a2 2 0 0 1-2-2V6a2 2 0 0 1 2-2z");
    icon.append(lines);
    button.append(icon);
    button.addEventListener("click", () => {
      const found = read(input.value);
      native.value = found ? iso(found) : "";
      try { native.showPicker(); } catch { input.focus(); }
    });
    native.addEventListener("input", (event) => { event.stopPropagation(); });
    native.addEventListener("change", (event) => {
      event.stopPropagation();
      const found = read(native.value);
      if (!found) return;
      input.value = write(found);
      for (const kind of ["input", "change"]) input.dispatchEvent(new Event(kind, { bubbles: true }));
      input.focus();
    });
    field.append(native, button);
  };

  const wire = () => $$("[data-day-field]").forEach((field) => { withCalendar(field); tell(field); });

  document.addEventListener("input", (event) => {
    const field = event.target.closest?.("[data-day-field]");
    if (field) tell(field);
  });
  // Left, a field shows the day as lists do.
  document.addEventListener("change", (event) => {
    const field = event.target.closest?.("[data-day-field]");
    const found = field && read(event.target.value);
    if (!found) return;
    event.target.value = write(found);
    tell(field);
  }, true);

  for (const kind of ["solde:dialog", "solde:swapped", "htmx:after:swap"]) document.addEventListener(kind, wire);
  wire();
})();
