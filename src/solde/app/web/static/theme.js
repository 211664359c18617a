// Runs before the page is drawn: the theme, density and hidden columns a person chose, so that nothing flickers.
"use strict";
(() => {
  const read = (name) => {
    try { return localStorage.getItem(name); } catch { return null; }
  };
  const root = document.documentElement;
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const apply = () => {
    const chosen = read("solde.theme");
    root.classList.toggle("dark", chosen ? chosen === "dark" : dark.matches);
  };
  apply();
  dark.addEventListener("change", apply);
  root.dataset.density = read("solde.density") === "compact" ? "compact" : "roomy";
  root.classList.add("js");
})();
