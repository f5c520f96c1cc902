/* The brand page: a preview that follows the form, pictures before they are sent. Without this the page still saves. No words in here. */
(() => {
  "use strict";
  const form = document.querySelector("[data-brand-form]");
  if (!form) return;
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];
  const field = (name) => form.querySelector(`[data-brand-field="${name}"]`);

  // The preview ------------------------------------------------------------------------------------------------------
  const box = document.querySelector("[data-preview]");
  const stage = box.querySelector("[data-preview-stage]");
  const frame = stage.querySelector("iframe");
  const shown = { surface: "log-in", device: "desktop", ground: "light" };
  const WIDE = { desktop: 1200, phone: 390 };
  //: What fits an address line that every server takes.
  const LONGEST = 3500;

  const address = () => {
    const asked = new URLSearchParams({ surface: shown.surface, ground: shown.ground, language: box.dataset.language });
    for (const input of all("[data-brand-field]", form)) {
      if (input.type === "file" || input.value === input.dataset.began) continue;
      const before = asked.toString().length;
      if (before + input.value.length * 3 < LONGEST) asked.set(input.dataset.brandField, input.value);
    }
    return `${box.dataset.preview}?${asked}`;
  };
  const fit = () => {
    const room = stage.clientWidth;
    const wide = WIDE[shown.device];
    const scale = Math.min(1, room / wide, shown.device === "phone" ? 0.75 : 1);
    frame.style.inlineSize = `${wide}px`;
    frame.style.blockSize = `${stage.clientHeight / scale}px`;
    frame.style.transform = `translateX(${Math.max(0, (room - wide * scale) / 2)}px) scale(${scale})`;
  };
  let last = "";
  const show = () => {
    const next = address();
    if (next === last) return;
    last = next;
    // Replaced, so that the way back leads out of the page and not through what was typed.
    frame.contentWindow.location.replace(next);
  };
  let waiting = 0;
  const soon = () => {
    clearTimeout(waiting);
    waiting = setTimeout(show, 300);
  };
  for (const input of all("[data-brand-field]", form)) input.dataset.began = input.type === "file" ? "" : input.value;
  for (const kind of ["surface", "device", "ground"]) {
    const buttons = all(`[data-preview-${kind}]`, box);
    for (const button of buttons) {
      button.addEventListener("click", () => {
        shown[kind] = button.getAttribute(`data-preview-${kind}`);
        buttons.forEach((each) => each.setAttribute("aria-pressed", String(each === button)));
        fit();
        show();
      });
    }
  }
  new ResizeObserver(fit).observe(stage);
  fit();
  // What the browser kept in the fields from before is not what the page was sent with.
  soon();

  // Pictures: the chosen file, or the inherited one ------------------------------------------------------------------
  const chosen = {};
  const shownOf = (slot) => {
    const place = form.querySelector(`[data-picture="${slot}"]`);
    const taken = place.querySelector("input[type=checkbox]")?.checked;
    return chosen[slot] || (taken ? "" : place.querySelector("img").dataset.shown);
  };
  const showPicture = (slot) => {
    const from = shownOf(slot);
    for (const ground of all(`[data-picture="${slot}"] .picture-ground`, form)) {
      const image = ground.querySelector("img");
      image.hidden = !from;
      if (from) image.src = from;
      ground.querySelector(".picture-none").hidden = Boolean(from);
    }
  };

  form.addEventListener("input", (event) => {
    const input = event.target;
    if (input.matches("[data-color-picker]")) {
      const text = input.closest("[data-color-field]").querySelector("[data-color-text]");
      text.dispatchEvent(new Event("input", { bubbles: true }));
      return;
    }
    if (input.dataset.brandField && input.type !== "file") soon();
  });
  form.addEventListener("change", (event) => {
    const input = event.target;
    const place = input.closest("[data-picture]");
    if (!place) return;
    const slot = place.dataset.picture;
    if (input.type !== "file") {
      showPicture(slot);
      return;
    }
    delete chosen[slot];
    const file = input.files[0];
    if (!file || !file.type.startsWith("image/") || file.size > 5 * 1024 * 1024) {
      showPicture(slot);
      return;
    }
    const reader = new FileReader();
    reader.addEventListener("load", () => {
      chosen[slot] = reader.result;
      showPicture(slot);
    });
    reader.readAsDataURL(file);
  });
  document.addEventListener("click", (event) => {
    if (!(event.target instanceof Element)) return;
    const mended = event.target.closest("[data-use-color]");
    const back = event.target.closest("[data-take-back]");
    const input = mended ? field("color") : back && document.getElementById(back.dataset.takeBack);
    if (!input) return;
    input.value = mended ? mended.dataset.useColor : "";
    input.dispatchEvent(new Event("input", { bubbles: true }));
    input.focus();
  });
})();
