/* What a page does beyond links and forms. It carries no words: they come in data attributes. Without it everything that
   matters still works: menus are popovers, dialogs open by command, lists have a button. */
(() => {
  "use strict";
  const root = document.documentElement;
  root.classList.add("has-script");
  const on = (type, selector, act) =>
    document.addEventListener(type, (event) => {
      const found = event.target instanceof Element && event.target.closest(selector);
      if (found) act(found, event);
    });
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];

  // Menus: placed beside their button, kept inside the window, walked with the arrow keys.
  const triggerOf = (menu) => document.querySelector(`[popovertarget="${CSS.escape(menu.id)}"]:not([popovertargetaction])`);
  const place = (menu) => {
    const trigger = triggerOf(menu);
    if (!trigger || !menu.dataset.place) return;
    const box = trigger.getBoundingClientRect();
    const { offsetWidth: width, offsetHeight: height } = menu;
    const atEnd = menu.dataset.place.endsWith("end") !== (root.dir === "rtl");
    const left = atEnd ? box.right - width : box.left;
    const below = box.bottom + 5 + height <= innerHeight || box.top < height + 12;
    const top = below ? box.bottom + 5 : box.top - height - 5;
    menu.style.left = `${Math.max(8, Math.min(left, innerWidth - width - 8))}px`;
    menu.style.top = `${Math.max(8, Math.min(top, innerHeight - height - 8))}px`;
  };
  document.addEventListener("toggle", (event) => {
    const menu = event.target;
    if (!(menu instanceof HTMLElement) || !menu.hasAttribute("popover")) return;
    const open = event.newState === "open";
    triggerOf(menu)?.setAttribute("aria-expanded", String(open));
    if (!menu.classList.contains("menu")) return;
    if (open) {
      place(menu);
      (menu.querySelector("[autofocus]") || menu.querySelector(".menu-item, input:not([type=hidden])"))?.focus({ preventScroll: true });
    }
  }, true);
  const openMenus = () => all(".menu:popover-open");
  addEventListener("resize", () => openMenus().forEach(place));
  addEventListener("scroll", (event) => {
    if (!(event.target instanceof Element && event.target.closest(".menu"))) openMenus().forEach(place);
  }, { passive: true, capture: true });
  document.addEventListener("keydown", (event) => {
    const menu = event.target instanceof Element && event.target.closest(".menu");
    if (!menu || !["ArrowDown", "ArrowUp", "Home", "End"].includes(event.key)) return;
    if (event.target.matches("select, textarea") || (event.target.matches("input") && ["Home", "End"].includes(event.key))) return;
    const items = all("a.menu-item, button.menu-item, .menu-item input, [data-filter-input]", menu).filter((item) => item.checkVisibility());
    if (!items.length) return;
    const now = items.indexOf(document.activeElement);
    const next = { ArrowDown: now + 1, ArrowUp: now - 1, Home: 0, End: items.length - 1 }[event.key];
    items[(next + items.length) % items.length].focus();
    event.preventDefault();
  });

  // A list inside a menu narrows while one types.
  on("input", "[data-filter-input]", (input) => {
    const menu = input.closest("[data-list-filter]");
    const plain = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
    const words = plain(input.value).split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const item of all("[data-filter-text]", menu)) {
      const text = plain(item.dataset.filterText);
      item.hidden = !words.every((word) => text.includes(word));
      shown += item.hidden ? 0 : 1;
    }
    const empty = menu.querySelector("[data-filter-empty]");
    if (empty) empty.hidden = shown > 0;
  });
  on("keydown", "[data-filter-input]", (input, event) => {
    if (event.key !== "Enter") return;
    event.preventDefault();
    input.closest("[data-list-filter]").querySelector("[data-filter-text]:not([hidden]) :is(a, input)")?.click();
  });

  // Dialogs. Browsers that know `command` have opened it already.
  const commands = "commandForElement" in HTMLButtonElement.prototype;
  on("click", "[data-open]", (button) => {
    button.closest("[popover]")?.hidePopover();
    const dialog = document.getElementById(button.dataset.open);
    if (!commands && dialog && !dialog.open) dialog.showModal();
  });
  on("click", "[data-close]", (button) => { if (!commands) button.closest("dialog")?.close(); });
  document.addEventListener("click", (event) => {
    const dialog = event.target;
    if (!(dialog instanceof HTMLDialogElement) || !dialog.open) return;
    const box = dialog.getBoundingClientRect();
    const inside = event.clientX >= box.left && event.clientX <= box.right && event.clientY >= box.top && event.clientY <= box.bottom;
    if (!inside && !dialog.querySelector("form[data-changed]")) dialog.close();
  });
  on("input", "dialog form", (form) => { form.dataset.changed = ""; });
  const guardTyped = (form) => {
    const typed = form.querySelector("[name=confirm]");
    const submit = form.querySelector("[data-typed-submit]");
    if (typed && submit) submit.disabled = typed.value.trim() !== form.dataset.typed;
  };
  on("input", "form[data-typed]", guardTyped);

  // What is missing is said in the page's own words and language, not in the browser's.
  document.addEventListener("invalid", (event) => {
    const input = event.target;
    const told = document.getElementById(`${input.id}-missing`);
    if (!told) return;
    event.preventDefault();
    told.hidden = false;
    input.setAttribute("aria-invalid", "true");
    if (input === input.form.querySelector(":invalid:not(fieldset)")) input.focus();
  }, true);
  on("input", "[aria-errormessage]", (input) => {
    const told = document.getElementById(`${input.id}-missing`);
    if (!told || !input.validity.valid) return;
    told.hidden = true;
    input.removeAttribute("aria-invalid");
  });

  // Notices.
  const dismiss = (note) => {
    note.classList.add("leaving");
    setTimeout(() => note.remove(), 220);
  };
  const watch = (note) => {
    if (note.dataset.watched !== undefined) return;
    note.dataset.watched = "";
    if (note.dataset.stays !== undefined) return;
    let timer = 0;
    const start = () => { timer = setTimeout(() => dismiss(note), 7000); };
    const stop = () => clearTimeout(timer);
    note.addEventListener("pointerenter", stop);
    note.addEventListener("pointerleave", start);
    note.addEventListener("focusin", stop);
    note.addEventListener("focusout", start);
    start();
  };
  const notify = (text) => {
    const copy = document.getElementById("toast-template")?.content.firstElementChild.cloneNode(true);
    if (!copy || !text) return;
    copy.querySelector("p").textContent = text;
    document.getElementById("toasts").append(copy);
    watch(copy);
  };
  on("click", "[data-dismiss]", (button) => dismiss(button.closest("[data-toast]")));
  const announce = (text) => {
    const place = document.getElementById("announcer");
    if (!place || !text) return;
    place.textContent = "";
    setTimeout(() => { place.textContent = text; }, 60);
  };

  // Copying.
  on("click", "[data-copy]", async (button) => {
    try {
      await navigator.clipboard.writeText(button.dataset.copy);
    } catch {
      const field = button.closest(".secret-row")?.querySelector("input");
      if (!field) return;
      field.select();
      return;
    }
    button.classList.add("copied");
    announce(document.body.dataset.copied);
    setTimeout(() => button.classList.remove("copied"), 1800);
  });

  // A form is sent once. Its button says so; coming back to the page frees it.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.method !== "post" || form.hasAttribute("hx-post") || form.hasAttribute("data-again")) return;
    if (form.dataset.sent !== undefined) {
      event.preventDefault();
      return;
    }
    form.dataset.sent = "";
    const button = event.submitter;
    if (button?.matches(".btn")) setTimeout(() => button.setAttribute("aria-busy", "true"));
  });
  addEventListener("pageshow", (event) => {
    if (!event.persisted) return;
    all("form[data-sent]").forEach((form) => delete form.dataset.sent);
    all("[aria-busy]").forEach((button) => button.removeAttribute("aria-busy"));
  });
  on("change", "[data-autosubmit]", (field) => field.form.requestSubmit());
  on("click", "[data-reveal]", (button) => {
    const field = document.getElementById(button.dataset.reveal);
    const shown = field.type === "text";
    field.type = shown ? "password" : "text";
    button.setAttribute("aria-pressed", String(!shown));
  });

  // Selected rows.
  const boxesOf = (id) => all(`[data-select][form="${CSS.escape(id)}"]`);
  const count = (id) => {
    const boxes = boxesOf(id);
    const chosen = boxes.filter((box) => box.checked).length;
    const bar = document.getElementById(id);
    const number = bar?.querySelector("[data-bulk-count]");
    if (number) number.textContent = String(chosen);
    const whole = document.querySelector(`[data-select-all="${CSS.escape(id)}"]`);
    if (whole) {
      whole.checked = chosen > 0 && chosen === boxes.length;
      whole.indeterminate = chosen > 0 && chosen < boxes.length;
    }
    const every = bar?.querySelector("[name=all]");
    if (every && chosen < boxes.length) every.checked = false;
  };
  let last = null;
  on("click", "[data-select]", (box, event) => {
    const id = box.getAttribute("form");
    if (event.shiftKey && last && last !== box && last.getAttribute("form") === id) {
      const boxes = boxesOf(id);
      const [from, to] = [boxes.indexOf(last), boxes.indexOf(box)].sort((a, b) => a - b);
      boxes.slice(from, to + 1).forEach((each) => { each.checked = box.checked; });
    }
    last = box;
    count(id);
  });
  on("change", "[data-select-all]", (whole) => {
    boxesOf(whole.dataset.selectAll).forEach((box) => { box.checked = whole.checked; });
    count(whole.dataset.selectAll);
  });
  on("change", "[data-bulk] [name=all]", (box) => {
    if (!box.checked) return;
    boxesOf(box.form.id).forEach((each) => { each.checked = true; });
    count(box.form.id);
  });
  document.addEventListener("reset", (event) => {
    if (event.target.matches("[data-bulk]")) setTimeout(() => count(event.target.id));
  });

  // Forms that come back here, or keep what is shown, need the address as it is after searching.
  document.addEventListener("submit", (event) => {
    all("[data-here]", event.target).forEach((field) => { field.value = location.pathname + location.search; });
    all("[data-here-query]", event.target).forEach((field) => { field.value = location.search.slice(1); });
  }, true);

  // "/" goes to the search.
  document.addEventListener("keydown", (event) => {
    if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.closest("input, textarea, select, [contenteditable], dialog")) return;
    const field = document.querySelector("[data-search-key]");
    if (!field) return;
    event.preventDefault();
    field.focus();
    field.select();
  });

  // The time that an impersonation has left. When it is over, the server says so.
  const tick = () => {
    for (const clock of all("[data-ends]")) {
      const left = Math.max(0, Math.ceil((Date.parse(clock.dataset.ends) - Date.now()) / 60000));
      const text = clock.querySelector("[data-minutes-text]")?.innerHTML;
      if (text) clock.querySelector("[data-minutes]").textContent = text.replace("%n", String(left));
    }
  };
  setInterval(tick, 15000);

  // htmx: what is on its way, what went wrong, what is new.
  let running = 0;
  const busy = (change) => {
    running = Math.max(0, running + change);
    root.classList.toggle("is-loading", running > 0);
  };
  const polls = (event) => event.detail.requestConfig?.triggeringEvent === undefined && event.target.matches("[hx-trigger^=every]");
  document.addEventListener("htmx:beforeRequest", (event) => { if (!polls(event)) busy(1); });
  document.addEventListener("htmx:afterRequest", (event) => { if (!polls(event)) busy(-1); });
  // A frame that scrolls by itself stays where it is when a change inside it draws it anew; another page of it begins on top.
  let places = [];
  document.addEventListener("htmx:beforeSwap", (event) => {
    const frames = event.detail.requestConfig?.verb === "post" ? all("[data-keeps-place]") : [];
    places = frames.map((frame) => [frame.id, frame.scrollLeft, frame.scrollTop]);
  });
  document.addEventListener("htmx:afterSwap", () => {
    places.forEach(([id, left, top]) => document.getElementById(id)?.scrollTo(left, top));
  });
  document.addEventListener("htmx:sendError", () => notify(document.body.dataset.offline));
  document.addEventListener("htmx:responseError", (event) => {
    const { status } = event.detail.xhr;
    notify(status === 401 || status === 403 ? document.body.dataset.denied : document.body.dataset.error);
  });
  const prepare = (within) => {
    // On a phone the tabs are wider than the page: the present one must be seen.
    all(".tab-bar [aria-current]", within).forEach((tab) => {
      const bar = tab.closest(".tab-bar");
      const [here, around] = [tab.getBoundingClientRect(), bar.getBoundingClientRect()];
      bar.scrollLeft += here.left - around.left - (around.width - here.width) / 2;
    });
    all("[data-toast]", within).forEach(watch);
    all("form[data-typed]", within).forEach(guardTyped);
    all("dialog[data-open-now]", within).forEach((dialog) => { if (!dialog.open) dialog.showModal(); });
    all("[data-bulk]", within).forEach((bar) => count(bar.id));
    within.querySelector("[data-focus-now]")?.focus();
  };
  document.addEventListener("htmx:afterSettle", (event) => {
    const news = event.target;
    prepare(news.parentElement || document);
    const spoken = news.matches("[data-announce]") ? news : news.querySelector("[data-announce]");
    announce(spoken?.dataset.announce);
  });
  prepare(document);
})();
