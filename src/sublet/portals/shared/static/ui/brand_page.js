/* The preview of the brand page: it follows the form. Without this the page still saves. No words in here. */
(() => {
  "use strict";
  const form = document.querySelector("[data-brand-form]");
  if (!form) return;
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];
  const field = (name) => form.querySelector(`[data-brand-field="${name}"]`);
  const HEX = /^#?([0-9a-f]{3}|[0-9a-f]{6})$/i;

  const showText = (input) => {
    for (const place of all(`[data-preview-text="${input.dataset.brandField}"]`)) {
      place.textContent = input.value.trim() || place.dataset.previewFallback;
    }
    // Two texts fall back on the name.
    if (input.dataset.brandField === "name") {
      const name = input.value.trim() || input.placeholder;
      for (const place of all('[data-preview-text="support_name"]')) {
        if (!field("support_name").value.trim()) place.textContent = name;
      }
    }
  };

  const sheet = document.querySelector("[data-preview-style]");
  const showColor = (input) => {
    const typed = input.value.trim() || input.placeholder;
    if (!HEX.test(typed)) return;
    const address = `${sheet.dataset.previewStyle}?color=${encodeURIComponent(typed)}`;
    if (sheet.getAttribute("href") !== address) sheet.setAttribute("href", address);
  };

  // Pictures: the chosen file, or the inherited one, or the name.
  const chosen = {};
  const shownOf = (slot) => {
    const box = form.querySelector(`[data-picture="${slot}"]`);
    const taken = box.querySelector("input[type=checkbox]")?.checked;
    return chosen[slot] || (taken ? "" : box.querySelector("img").dataset.shown);
  };
  const set = (image, address) => {
    image.hidden = !address;
    if (address) image.src = address;
  };
  const showPictures = () => {
    for (const slot of ["logo", "logo_dark", "icon"]) {
      const address = shownOf(slot);
      for (const ground of all(`[data-picture="${slot}"] .picture-ground`, form)) {
        set(ground.querySelector("img"), address);
        ground.querySelector(".picture-none").hidden = Boolean(address);
      }
    }
    const light = shownOf("logo") || shownOf("logo_dark");
    const dark = shownOf("logo_dark") || shownOf("logo");
    all("[data-preview-logo]").forEach((image) => set(image, image.dataset.previewLogo === "dark" ? dark : light));
    all('[data-preview-text="name"]').forEach((name) => { name.hidden = Boolean(light); });
  };

  form.addEventListener("input", (event) => {
    const input = event.target;
    if (input.matches("[data-color-picker]")) {
      field("color").dispatchEvent(new Event("input", { bubbles: true }));
      return;
    }
    if (input.type === "file" || input.type === "checkbox" || !input.dataset.brandField) return;
    if (input.dataset.brandField === "color") showColor(input);
    else showText(input);
  });
  form.addEventListener("change", (event) => {
    const input = event.target;
    const box = input.closest("[data-picture]");
    if (!box) return;
    if (input.type !== "file") {
      showPictures();
      return;
    }
    delete chosen[box.dataset.picture];
    const file = input.files[0];
    if (!file || !file.type.startsWith("image/") || file.size > 5 * 1024 * 1024) {
      showPictures();
      return;
    }
    const reader = new FileReader();
    reader.addEventListener("load", () => {
      chosen[box.dataset.picture] = reader.result;
      showPictures();
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
  all("[data-brand-field]", form).forEach((input) => {
    if (input.type === "text" || input.type === "email" || input.type === "tel") {
      if (input.dataset.brandField === "color") showColor(input);
    }
  });
})();
