// Tabs of a form: one section at a time, by mouse, arrows, Home and End. Without this script they stand below each other.
"use strict";
(() => {
  const { $, $$ } = Solde;

  const pick = (strip, tab, { focus = false } = {}) => {
    for (const one of $$("[role=tab]", strip)) {
      const on = one === tab;
      one.setAttribute("aria-selected", String(on));
      one.tabIndex = on ? 0 : -1;
      const panel = document.getElementById(one.getAttribute("aria-controls"));
      if (panel) panel.hidden = !on;
    }
    if (focus) tab.focus();
  };

  const wire = (strip) => {
    if (strip.getAttribute("role") === "tablist") return;
    strip.setAttribute("role", "tablist");
    const tabs = $$("a[href^='#']", strip);
    for (const tab of tabs) {
      const panel = $(tab.hash);
      tab.setAttribute("role", "tab");
      tab.setAttribute("aria-controls", tab.hash.slice(1));
      panel?.setAttribute("role", "tabpanel");
      panel?.setAttribute("aria-labelledby", tab.id);
    }
    const wrong = tabs.find((tab) => $("[aria-invalid='true']", $(tab.hash) ?? tab));
    const first = wrong ?? tabs.find((tab) => location.hash && tab.hash === location.hash) ?? tabs[0];
    if (first) pick(strip, first);
    if (wrong && !strip.closest("dialog")) $("[aria-invalid='true']", $(wrong.hash)).focus();
  };

  const wireAll = () => $$("[data-tabs]").forEach(wire);

  document.addEventListener("click", (event) => {
    const tab = event.target.closest("[data-tabs] [role=tab]");
    if (!tab) return;
    event.preventDefault();
    pick(tab.closest("[data-tabs]"), tab, { focus: true });
  });

  document.addEventListener("keydown", (event) => {
    const tab = event.target.closest("[data-tabs] [role=tab]");
    if (!tab) return;
    const tabs = $$("[role=tab]", tab.closest("[data-tabs]"));
    const at = tabs.indexOf(tab);
    const next = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: tabs.length - 1 }[event.key];
    if (next === undefined) return;
    event.preventDefault();
    pick(tab.closest("[data-tabs]"), tabs[(next + tabs.length) % tabs.length], { focus: true });
  });

  document.addEventListener("solde:dialog", wireAll);
  document.addEventListener("solde:swapped", wireAll);
  document.addEventListener("htmx:after:swap", wireAll);
  wireAll();
})();
