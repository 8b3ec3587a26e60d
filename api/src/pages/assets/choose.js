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
  const all = form?.querySelector("input[name=all]");
  if (!(form instanceof HTMLFormElement) || !(every instanceof HTMLInputElement) || !(all instanceof HTMLInputElement)) return;
  const chosen = new Chosen(form);
  const people = () => /** @type {HTMLInputElement[]} */ ([...form.querySelectorAll("input[type=checkbox][name=person]")]);
  /** Without those who have left the list. */
  const boxes = () => people().filter((box) => !box.disabled);
  const said = form.querySelector("[data-chosen]");
  // Of whom there can be nothing but one status nothing else is offered.
  const field = (/** @type {string} */ name) => form.querySelector(`input[name=${name}]`)?.getAttribute("value");
  const only = field("status") ?? (field("admission") ? "accepted" : undefined);
  const say = () => {
    const here = boxes().filter((box) => box.checked).length;
    every.checked = here > 0 && here === boxes().length;
    every.indeterminate = here > 0 && here < boxes().length;
    form.querySelector(".selected")?.classList.toggle("on", chosen.size > 0 || all.checked);
    // What would do nothing to any of them is not offered.
    for (const button of /** @type {NodeListOf<HTMLButtonElement>} */ (form.querySelectorAll("button[data-for]"))) {
      const does = all.checked ? !only || only === button.dataset.for : chosen.has(button.dataset.for ?? "");
      button.hidden = !does;
    }
    const seen = boxes().filter((box) => chosen.holds(box)).length;
    const elsewhere = chosen.size - (all.checked ? seen : here);
    const none = form.querySelector("[data-none]");
    if (none instanceof HTMLElement) none.hidden = elsewhere === 0;
    if (said) said.textContent = all.checked ? whole(elsewhere) : some(chosen.size, here);
  };
  /** The boxes that are seen, as they are meant: a browser may have put others back. */
  const show = () => {
    all.checked = chosen.all;
    for (const box of boxes()) box.checked = all.checked || chosen.holds(box);
  };
  every.hidden = false;
  every.addEventListener("change", () => {
    if (all.checked) chosen.all = all.checked = false;
    for (const box of boxes()) box.checked = every.checked;
    chosen.take(boxes());
    say();
  });
  form.addEventListener("change", ({ target }) => {
    if (target === every || !(target instanceof HTMLInputElement)) return;
    if (target === all) {
      // Everybody is also everybody who is seen; those who were ticked before are again once it is not everybody.
      chosen.all = all.checked;
      show();
    } else {
      // Without one of them it is not everybody.
      if (all.checked) chosen.all = all.checked = false;
      chosen.take(boxes());
    }
    say();
  });
  // Enter would press the first button of the form. It leads to all of them, past the rows that are left.
  form.addEventListener("keydown", (event) => {
    const is_box = event.target instanceof HTMLInputElement && event.target.type === "checkbox";
    if (event.key !== "Enter" || !is_box) return;
    event.preventDefault();
    const offered = /** @type {NodeListOf<HTMLButtonElement>} */ (form.querySelectorAll(".selected.on button[name=do]"));
    [...offered].find((button) => !button.hidden)?.focus();
  });
  form.querySelector("[data-none]")?.addEventListener("click", () => {
    chosen.forget();
    show();
    say();
    every.focus();
  });
  // What changes by itself.
  form.addEventListener("touched", () => {
    if (!all.checked) chosen.take(people());
    say();
  });
  form.addEventListener("submit", () => {
    if (!all.checked) chosen.send(boxes());
  });
  show();
  say();
}

/** @param {number} elsewhere how many are ticked who are not seen here, whom all that match need not hold */
function whole(elsewhere) {
  if (elsewhere === 0) return "All who match are chosen:";
  const those = elsewhere === 1 ? "the one who is" : `the ${elsewhere} who are`;
  return `All who match are chosen, and nobody else; of ${those} ticked elsewhere, whoever matches is among them:`;
}

/**
 * @param {number} n
 * @param {number} here
 */
function some(n, here) {
  const elsewhere = n - here;
  const where = elsewhere === 0 ? "" : here > 0 ? `, ${elsewhere} of them not on this page` : ", not on this page";
  return `${n === 1 ? "1 person is" : `${n} people are`} ticked${where}:`;
}

document.addEventListener("fragment", (event) => choosing(/** @type {CustomEvent} */ (event).detail));
// A page that the browser has kept shows who was ticked before an order was given.
addEventListener("pageshow", (event) => {
  if (event.persisted && document.querySelector("form[data-select]")) location.reload();
});

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
        tell("The browser does not let pages copy: choose the text, and copy it yourself.", "bad");
      }
    });
  }
}
