// After a key has chosen the answer: to what is still missing, or to the button, so that enter sends.
"use strict";
(() => {
  const form = document.querySelector("form.answer");
  if (!form) return;
  form.addEventListener("change", (event) => {
    if (event.target.name !== "answer") return;
    const needs = (event.target.closest(".choice").dataset.needs || "").split(" ").filter(Boolean);
    form.querySelectorAll(".told [required]").forEach((one) => { one.required = false; });
    let first = null;
    needs.forEach((name) => {
      const field = form.elements[name];
      if (!field) return;
      field.required = true;
      if (!first && !field.value) first = field;
    });
    (first || form.querySelector("button")).focus({ preventScroll: true });
  });
})();
