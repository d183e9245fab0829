// Entries of lists come and go; a link to a field opens the part that it lies in.
"use strict";
(() => {
  const form = document.getElementById("intake");
  if (!form) return;
  const changed = () => form.dispatchEvent(new Event("change", { bubbles: true }));
  document.addEventListener("click", (event) => {
    const remove = event.target.closest("[data-remove]");
    if (remove) { const next = remove.closest("fieldset").querySelector(":scope > button"); remove.closest(".entry").remove(); next?.focus(); changed(); return; }
    const link = event.target.closest('a[href^="#"]:not(.skip)');
    if (!link) return;
    const found = document.getElementById(decodeURIComponent(link.getAttribute("href").slice(1)));
    if (!found) return;
    event.preventDefault();
    const closed = found.closest("details");
    if (closed) closed.open = true;
    (found.matches("input, select, textarea") ? found : found.querySelector("input, select, textarea") || found).focus();
  });
  document.addEventListener("htmx:afterSwap", (event) => {
    if (event.detail.target.closest(".list")) event.detail.target.lastElementChild?.querySelector("input, select")?.focus();
    if (event.detail.target.id === "diary-days") changed();
  });
  form.addEventListener("keydown", (event) => { if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) { event.preventDefault(); form.requestSubmit(); } });
})();
