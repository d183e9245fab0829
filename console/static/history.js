// An opened line closes again.
"use strict";
document.addEventListener("click", (event) => {
  const close = event.target.closest("[data-close]");
  if (!close) return;
  const cell = close.closest("td");
  cell.replaceChildren();
  cell.parentElement.previousElementSibling?.querySelector("a[data-open]")?.focus();
});
