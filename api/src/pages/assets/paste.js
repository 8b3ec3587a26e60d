// @ts-check
import { localTimes } from "./times.js";

/** Longer lists are looked at when somebody asks: each look is a request. */
const LONGEST = 100_000;

/** How many addresses were pasted, and what will happen to each. */
export function pasting() {
  const form = document.querySelector("form[data-paste]");
  const area = form?.querySelector("textarea");
  if (!(form instanceof HTMLFormElement) || !area) return;
  const said = form.querySelector("[data-count]");
  const usual = said?.textContent ?? "";
  /** @type {number | undefined} */
  let waiting;
  const look = () => {
    const n = area.value.split(/[\s,;]+/).filter((word) => word.includes("@")).length;
    const long = area.value.length > LONGEST;
    const first = long ? " – press “Check first” to see what will happen to each" : "";
    if (said) said.textContent = n === 0 ? usual : (n === 1 ? "1 address" : `${n.toLocaleString()} addresses`) + first;
    clearTimeout(waiting);
    if (n > 0 && !long) waiting = setTimeout(() => void preview(form), 500);
  };
  area.addEventListener("input", look);
  form.querySelector("#ask")?.addEventListener("change", look);
  look();
}

/** @type {AbortController | undefined} */
let asked;

/** @param {HTMLFormElement} form */
async function preview(form) {
  asked?.abort();
  const mine = (asked = new AbortController());
  const fields = new URLSearchParams();
  for (const [name, value] of new FormData(form)) if (typeof value === "string") fields.append(name, value);
  fields.set("do", "check");
  try {
    const answer = await fetch(form.action, {
      method: "POST",
      body: fields,
      headers: { Accept: "text/html" },
      signal: mine.signal,
    });
    putPreview(await answer.text());
  } catch {
    // What somebody goes on typing is looked at again; pressing the button says what is wrong.
  }
}

/**
 * What another page says instead: that somebody may not do this any more, or has to sign in again.
 * @param {Document} page
 */
function wrong(page) {
  const said = page.createElement("section");
  const title = page.createElement("h2");
  title.id = "preview-title";
  title.textContent = page.querySelector("h1")?.textContent ?? "That did not work";
  said.append(title, ...page.querySelectorAll("main :is(p, ol):not(.brand, .actions)"));
  return said;
}

/**
 * Puts what will happen in its place; or what is wrong.
 * @param {string} page
 */
export function putPreview(page) {
  const made = new DOMParser().parseFromString(page, "text/html");
  const old = document.querySelector("#preview");
  if (!old) return;
  const fresh = made.querySelector("#preview") ?? wrong(made);
  const problem = made.querySelector("#problem");
  const taken = document.importNode(fresh, true);
  if (problem) taken.querySelector("h2")?.after(document.importNode(problem, true));
  localTimes(taken);
  old.replaceChildren(...taken.childNodes);
}
