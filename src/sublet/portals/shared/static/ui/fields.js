/* Fields with more than an input: tags, colors, files, rights. Each is a plain field without this. No words in here. */
(() => {
  "use strict";
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];

  // Rights: presets fill the grid; "clean" closes what shows the vendor's name.
  const choose = (row, level) => {
    const radios = all("input[type=radio]", row);
    const wanted = radios.find((radio) => radio.value === level) || radios.find((radio) => radio.value === "none");
    if (wanted && !wanted.matches(":disabled")) wanted.checked = true;
  };
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-preset], [data-only-clean]");
    const grid = button?.closest("[data-rights]");
    if (!grid) return;
    if (button.dataset.preset !== undefined) {
      const levels = JSON.parse(button.dataset.preset);
      all("[data-section]", grid).forEach((row) => choose(row, levels[row.dataset.section] || "none"));
    } else {
      all("[data-section][data-marked]", grid).forEach((row) => choose(row, "none"));
    }
    grid.dispatchEvent(new Event("change", { bubbles: true }));
  });

  // Colors: the picker and the text follow each other; the contrast with white is told.
  const HEX = /^#[0-9a-f]{6}$/i;
  const luminance = (color) => {
    const parts = [1, 3, 5].map((at) => parseInt(color.slice(at, at + 2), 16) / 255);
    const [r, g, b] = parts.map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const showContrast = (field) => {
    const text = field.querySelector("[data-color-text]");
    const color = text.value.trim();
    const line = field.querySelector("[data-contrast]");
    line.hidden = !HEX.test(color);
    if (!color && HEX.test(text.placeholder)) field.querySelector("[data-color-picker]").value = text.placeholder.toLowerCase();
    if (line.hidden) return;
    const ratio = 1.05 / (luminance(color) + 0.05);
    const white = ratio >= Math.sqrt(21); // beyond this, white reads better on it than black
    const sample = field.querySelector("[data-contrast-sample]");
    sample.style.backgroundColor = color;
    sample.style.color = white ? "#ffffff" : "#000000";
    field.querySelector("[data-contrast-ratio]").textContent = ratio.toLocaleString(document.documentElement.lang, { minimumFractionDigits: 1, maximumFractionDigits: 1 });
    field.querySelector("[data-contrast-good]").hidden = !white;
    field.querySelector("[data-contrast-weak]").hidden = white;
    field.querySelector("[data-color-picker]").value = color.toLowerCase();
  };
  document.addEventListener("input", (event) => {
    const field = event.target.closest("[data-color-field]");
    if (!field) return;
    if (event.target.matches("[data-color-picker]")) field.querySelector("[data-color-text]").value = event.target.value;
    showContrast(field);
  });

  // Files: the zone shows what was chosen.
  document.addEventListener("change", (event) => {
    const zone = event.target.matches("input[type=file]") && event.target.closest("[data-drop-zone]");
    if (!zone) return;
    const name = zone.querySelector("[data-drop-name]");
    name.textContent = [...event.target.files].map((file) => file.name).join(", ");
    name.hidden = !name.textContent;
  });
  for (const [type, over] of [["dragover", true], ["dragleave", false], ["drop", false]]) {
    document.addEventListener(type, (event) => {
      if (event.target instanceof Element) event.target.closest("[data-drop-zone]")?.classList.toggle("over", over);
    });
  }

  // Tags: the field that is sent stays as it is, out of sight; chips and a second field write into it.
  const chipsOf = (field) => {
    const sent = field.querySelector("[data-tag-input]");
    const typing = sent.cloneNode();
    sent.type = "hidden";
    sent.removeAttribute("id");
    typing.removeAttribute("name");
    typing.removeAttribute("data-tag-input");
    typing.removeAttribute("maxlength");
    typing.value = "";
    field.append(typing);
    field.classList.add("live");
    let tags = [];
    const draw = () => {
      all(".tag-chip", field).forEach((chip) => chip.remove());
      sent.value = tags.join(", ");
      for (const tag of tags) {
        const chip = document.createElement("span");
        chip.className = "tag-chip";
        const word = document.createElement("bdi");
        word.textContent = tag;
        const remove = document.createElement("button");
        remove.type = "button";
        remove.textContent = "×";
        remove.setAttribute("aria-label", `${field.dataset.removeText} ${tag}`);
        remove.addEventListener("click", () => {
          tags = tags.filter((each) => each !== tag);
          draw();
          typing.focus();
        });
        chip.append(word, remove);
        typing.before(chip);
      }
    };
    const add = (text) => {
      for (const part of text.split(/[,;\n]/)) {
        const word = part.trim().replace(/\s+/g, " ");
        if (word && !tags.some((tag) => tag.toLowerCase() === word.toLowerCase())) tags.push(word);
      }
      typing.value = "";
      draw();
    };
    add(sent.value);
    typing.addEventListener("keydown", (event) => {
      if ((event.key === "Enter" || event.key === ",") && typing.value.trim()) {
        event.preventDefault();
        add(typing.value);
      } else if (event.key === "Backspace" && !typing.value && tags.length) {
        typing.value = tags.pop();
        draw();
        event.preventDefault();
      }
    });
    typing.addEventListener("input", () => { if (/[,;]/.test(typing.value)) add(typing.value); });
    typing.addEventListener("blur", () => { if (typing.value.trim()) add(typing.value); });
    field.addEventListener("click", (event) => { if (event.target === field) typing.focus(); });
  };

  const prepare = (within) => {
    all("[data-tag-field]:not(.live)", within).forEach(chipsOf);
    all("[data-color-field]", within).forEach(showContrast);
  };
  document.addEventListener("htmx:afterSettle", (event) => prepare(event.target.parentElement || document));
  prepare(document);
})();
