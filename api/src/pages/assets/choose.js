// @ts-check
import { Chosen } from "./chosen.js";
import { tell } from "./toasts.js";

/**
 * Choosing people of a list: all of a page at once, and how many are chosen, here and on other pages of the list.
 * @param {ParentNode} within
 */
export function choosing(within) {
  const form = within.querySelector("form[data-select]");
  const every = form?.querySelector("[data-all]");
  if (!(form instanceof HTMLFormElement) || !(every instanceof HTMLInputElement)) return;
  const chosen = Chosen.of(form);
  const boxes = () => /** @type {NodeListOf<HTMLInputElement>} */ (form.querySelectorAll("input[type=checkbox][name=person]"));
  const said = form.querySelector("[data-chosen]");
  const say = () => {
    chosen.take(boxes());
    const here = [...boxes()].filter((box) => box.checked).length;
    every.checked = here > 0 && here === boxes().length;
    every.indeterminate = here > 0 && here < boxes().length;
    form.querySelector(".selected")?.classList.toggle("on", chosen.size > 0);
    const all = form.querySelector("input[name=all]");
    const every_match = all instanceof HTMLInputElement && all.checked;
    // What would do nothing to any of them is not offered.
    const only = form.querySelector("input[name=status]")?.getAttribute("value");
    for (const button of /** @type {NodeListOf<HTMLButtonElement>} */ (form.querySelectorAll("button[data-for]"))) {
      const does = every_match ? !only || only === button.dataset.for : chosen.has(button.dataset.for ?? "");
      button.hidden = !does;
    }
    const none = form.querySelector("[data-none]");
    if (none instanceof HTMLElement) none.hidden = chosen.size === here;
    if (!said) return;
    const elsewhere = chosen.size - here;
    const beside = elsewhere > 0 && here > 0 ? `, ${elsewhere} of them not on this page` : elsewhere > 0 ? ", not on this page" : "";
    said.textContent = every_match
      ? "Everybody who matches is chosen:"
      : `${chosen.size === 1 ? "1 person is" : `${chosen.size} people are`} ticked${beside}:`;
  };
  for (const box of boxes()) if (chosen.holds(box)) box.checked = true;
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
  form.querySelector("[data-none]")?.addEventListener("click", () => {
    chosen.forget();
    for (const box of boxes()) box.checked = false;
    say();
    every.focus();
  });
  form.addEventListener("submit", () => chosen.send(boxes()));
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
