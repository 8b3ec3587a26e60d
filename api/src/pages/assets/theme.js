// @ts-check
import { tell } from "./toasts.js";

/** Light or dark at once, and kept beside that: what somebody has typed on the page stays. */
export function choosingTheme() {
  const form = document.querySelector("form.theme");
  if (!(form instanceof HTMLFormElement)) return;
  form.addEventListener("submit", (event) => {
    const chosen = event.submitter;
    if (!(chosen instanceof HTMLButtonElement)) return;
    event.preventDefault();
    document.documentElement.dataset.theme = chosen.value;
    for (const button of form.querySelectorAll("button")) button.removeAttribute("aria-pressed");
    chosen.setAttribute("aria-pressed", "true");
    void keep(form.action, chosen.value);
  });
}

/**
 * @param {string} address
 * @param {string} theme
 */
async function keep(address, theme) {
  try {
    // Where it leads afterwards is here.
    const answer = await fetch(address, { method: "POST", body: new URLSearchParams({ theme }), redirect: "manual" });
    if (answer.type === "opaqueredirect") return;
  } catch {
    // Told below.
  }
  tell("The appearance is changed on this page, but could not be kept for others. Choose it again later.", "bad");
}
