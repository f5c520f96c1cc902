/* What axe can tell apart about a page, as one number: elements, classes, roles and states, not the words and references,
   nor which of our languages it speaks. Siblings that are alike count once, so that a list of two rows is the same as one
   of fifty. */
(() => {
  const VALUES = /^(role|type|dir|scope|tabindex|colspan|disabled|hidden|required|readonly|checked|inert|open|aria-(hidden|expanded|current|live|modal|invalid|disabled|selected|checked|pressed|sort))$/;
  const PRESENT = /^(id|for|href|alt|title|name|autocomplete|placeholder|style|aria-)/;
  const OURS = /^(en|it|sq|nl|fr|pt)\b/;
  const LANDMARK = /^(nav|main|aside|header|footer|section|form)$/;
  const ids = new Map(), labels = [];
  const told = node => {
    const name = node.localName;
    if (name === "script" || name === "style" || name === "template") return "";
    if (name === "path" || name === "svg") return name + (node.getAttribute("aria-hidden") || "");
    let text = name + "." + [...node.classList].sort().join(".");
    for (const {name: key, value} of node.attributes) {
      if (VALUES.test(key)) text += `[${key}=${value}]`;
      else if (key === "lang") text += OURS.test(value) ? "[lang]" : `[lang=${value}]`;
      else if (PRESENT.test(key)) text += value.trim() ? `[${key}]` : `[${key}=]`;
    }
    if (node.id) ids.set(node.id, (ids.get(node.id) || 0) + 1);
    if (LANDMARK.test(name)) labels.push(name + (node.getAttribute("aria-label") || node.getAttribute("aria-labelledby") || ""));
    const seen = new Set();
    for (const child of node.childNodes) {
      if (child.nodeType === 3 && child.data.trim()) seen.add("t");
      else if (child.nodeType === 1) seen.add(told(child));
    }
    return `${text}(${[...seen].join(",")})`;
  };
  const whole = told(document.documentElement);
  const twice = [...ids.values()].filter(count => count > 1).length;
  const unique = labels.length - new Set(labels).size;
  let a = 0xdeadbeef, b = 0x41c6ce57;
  for (const letter of `${whole};${twice};${unique}`) {
    a = Math.imul(a ^ letter.codePointAt(0), 2654435761);
    b = Math.imul(b ^ letter.codePointAt(0), 1597334677);
  }
  return `${(a >>> 0).toString(16)}-${(b >>> 0).toString(16)}`;
})()
