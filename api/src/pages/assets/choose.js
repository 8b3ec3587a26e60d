// @ts-check
import { tell } from "./toasts.js";

/**
 * Choosing people of a list: all of a page at once, and how many are chosen.
 * @param {ParentNode} within
 */
export function choosing(within) {
  const form = within.querySelector("[data-select]");
  const every = form?.querySelector("[data-all]");
  if (!form || !(every instanceof HTMLInputElement)) return;
  const boxes = () => /** @type {NodeListOf<HTMLInputElement>} */ (form.querySelectorAll("input[name=person]"));
  const said = form.querySelector("[data-chosen]");
  const say = () => {
    const ticked = [...boxes()].filter((box) => box.checked);
    const chosen = ticked.length;
    every.checked = chosen > 0 && chosen === boxes().length;
    every.indeterminate = chosen > 0 && chosen < boxes().length;
    form.querySelector(".selected")?.classList.toggle("on", chosen > 0);
    const all = form.querySelector("input[name=all]");
    const every_match = all instanceof HTMLInputElement && all.checked;
    if (said && every_match) said.textContent = "Everybody who matches is chosen:";
    // What would do nothing to any of them is not offered.
    const only = form.querySelector("input[name=status]")?.getAttribute("value");
    for (const button of /** @type {NodeListOf<HTMLButtonElement>} */ (form.querySelectorAll("button[data-for]"))) {
      const does = every_match
        ? !only || only === button.dataset.for
        : ticked.some((box) => box.dataset.status === button.dataset.for);
      button.hidden = !does;
    }
    if (said && !every_match) said.textContent = chosen === 1 ? "1 person is ticked:" : `${chosen} people are ticked:`;
  };
  every.hidden = false;
  every.addEventListener("change", () => {
    for (const box of boxes()) box.checked = every.checked;
    const all = form.querySelector("input[name=all]");
    if (all instanceof HTMLInputElement && !every.checked) all.checked = false;
    say();
  });
  form.addEventListener("change", (event) => {
    const { target } = event;
    if (target === every) return;
    const all = form.querySelector("input[name=all]");
    if (all instanceof HTMLInputElement && target instanceof HTMLInputElement) {
      // Everybody is also everybody who is seen; without one of them it is not everybody.
      if (target === all) for (const box of boxes()) box.checked = all.checked;
      else if (!target.checked) all.checked = false;
    }
    say();
  });
  say();
}

document.addEventListener("fragment", (event) => choosing(/** @type {CustomEvent} */ (event).detail));

/** Copies what a button holds. */
export function copying() {
  for (const button of /** @type {NodeListOf<HTMLButtonElement>} */ (document.querySelectorAll("button[data-copy]"))) {
    if (!navigator.clipboard) continue;
    button.hidden = false;
    button.addEventListener("click", async () => {
      try {
        await navigator.clipboard.writeText(button.dataset.copy ?? "");
        tell("Copied.");
      } catch {
        tell("The browser does not let pages copy: choose the text, and copy it yourself.", false);
      }
    });
  }
}
