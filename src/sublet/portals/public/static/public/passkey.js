// Passkeys: fetches what to ask, asks the device, and sends its answer as an ordinary form.
const toBytes = (text) =>
  Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
const toText = (bytes) =>
  btoa(String.fromCharCode(...new Uint8Array(bytes))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");

const understood = (options) => {
  const asked = { ...options, challenge: toBytes(options.challenge) };
  for (const list of ["excludeCredentials", "allowCredentials"]) {
    if (asked[list]) asked[list] = asked[list].map((each) => ({ ...each, id: toBytes(each.id) }));
  }
  if (asked.user) asked.user = { ...asked.user, id: toBytes(asked.user.id) };
  return asked;
};

const written = (credential) => {
  const response = {};
  for (const name of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"]) {
    if (credential.response[name]) response[name] = toText(credential.response[name]);
  }
  return JSON.stringify({
    id: credential.id,
    rawId: toText(credential.rawId),
    type: credential.type,
    response,
    clientExtensionResults: credential.getClientExtensionResults(),
  });
};

document.querySelectorAll("form[data-passkey]").forEach((form) => {
  const fault = form.querySelector("[data-passkey-fault]");
  if (!window.PublicKeyCredential) {
    form.hidden = true;
    return;
  }
  form.addEventListener("submit", async (event) => {
    if (form.elements.answer.value) return;
    event.preventDefault();
    fault.hidden = true;
    try {
      const headers = { "X-CSRFToken": form.elements.csrfmiddlewaretoken.value };
      const found = await fetch(form.dataset.begin, { method: "POST", headers, body: new FormData(form) });
      if (!found.ok) throw new Error(String(found.status));
      const options = await found.json();
      if (options.go) {
        window.location.assign(options.go);
        return;
      }
      const ask = { publicKey: understood(options) };
      const credential = await (form.dataset.passkey === "create"
        ? navigator.credentials.create(ask)
        : navigator.credentials.get(ask));
      form.elements.answer.value = written(credential);
      form.submit();
    } catch {
      fault.hidden = false;
    }
  });
});
