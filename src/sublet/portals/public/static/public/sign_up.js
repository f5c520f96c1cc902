// Chooses the device's own time zone in a fresh form; what somebody has chosen stays.
const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
document.querySelectorAll("select[data-guess-timezone]").forEach((select) => {
  const known = Array.from(select.options).some((option) => option.value === zone);
  if (known && !document.querySelector(".error-summary")) select.value = zone;
});
