// A click on the picture takes a site out or puts it in; what it means is reckoned by the server.
"use strict";
document.addEventListener("click", (event) => {
  const site = event.target.closest("form.given circle.site");
  if (!site) return;
  const form = site.closest("form");
  const input = form.elements[`sites.${site.dataset.muscle}`];
  if (!input || input.matches(":disabled")) return;
  const number = Number(site.dataset.number);
  const given = site.classList.contains("given") || site.classList.contains("extra");
  input.value = String(given ? Math.max(0, Number(input.value) - 1) : Math.min(Number(input.max), Math.max(number, Number(input.value) + 1)));
  input.dispatchEvent(new Event("change", { bubbles: true }));
});
