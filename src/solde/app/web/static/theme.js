// Runs before the page is drawn: a page made for the system's theme takes it, so that nothing flickers.
"use strict";
(() => {
  const root = document.documentElement;
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const apply = () => { root.classList.toggle("dark", root.dataset.theme === "system" ? dark.matches : root.dataset.theme === "dark"); };
  apply();
  dark.addEventListener("change", apply);
  root.addEventListener("solde:theme", apply);
  root.classList.add("js");
})();
