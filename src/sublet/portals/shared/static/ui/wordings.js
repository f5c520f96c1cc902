/* The preview follows the form, and placeholders are put where the cursor was. Without this the button shows it. No words in here. */
(() => {
  "use strict";
  const form = document.querySelector("[data-wording-form]");
  if (!form) return;
  const show = form.querySelector("[data-preview-now]");
  let last = form.querySelector("textarea");
  let timer = 0;

  const later = (wait) => {
    clearTimeout(timer);
    timer = setTimeout(() => form.requestSubmit(show), wait);
  };

  form.addEventListener("focusin", (event) => {
    if (event.target.matches("input[type=text], textarea")) last = event.target;
  });
  form.addEventListener("input", (event) => {
    if (event.target.matches("input[type=text], textarea")) later(500);
    else if (event.target.matches("[data-preview]")) later(0);
  });
  form.addEventListener("click", (event) => {
    const button = event.target.closest("[data-insert]");
    if (!button || !last) return;
    last.setRangeText(button.dataset.insert, last.selectionStart, last.selectionEnd, "end");
    last.focus();
    later(0);
  });
})();
