// @ts-check
import { tellSignedOut } from "./signed-out.js";

tellSignedOut();

// The code stands behind the # of the link: it goes into the form, and out of the address and the history.
function takeCode() {
  const code = decodeURIComponent(location.hash.slice(1));
  const field = document.querySelector("#code");
  if (!code || !(field instanceof HTMLInputElement)) return;
  field.value = code;
  history.replaceState(null, "", location.pathname + location.search);
  for (const other of document.querySelectorAll("[data-without-code]")) other.setAttribute("hidden", "");
  for (const other of document.querySelectorAll("[data-with-code]")) other.removeAttribute("hidden");
  field.form?.querySelector("button")?.focus();
}

takeCode();
// A link that is pasted into a tab that shows this page already loads nothing.
addEventListener("hashchange", takeCode);
