// @ts-check
import { localTimes } from "./times.js";
import { tell } from "./toasts.js";

/** Longer lists are looked at when somebody asks: each look is a request. */
const LONGEST = 100_000;

/** How long it takes until it is tried again where Seatbook could not be reached. */
const AGAIN = 5000;

/** What a page says of what was given, part by part: what is wrong with it; and of what will happen, how it is called, in short, in
 * whole, and one by one. */
const PARTS = ["wrong", "preview-title", "preview-said", "preview-body", "listed"];

/** @type {number | undefined} */
let waiting;

/** @type {AbortController | undefined} */
let asked;

/** What stands below the field before anything is entered. */
let hint = "";

/** What the part is called that says what will happen. @type {Node | undefined} */
let title;

/** How many addresses were pasted, and what will happen to each. */
export function pasting() {
  const form = document.querySelector("form[data-paste]");
  const area = form?.querySelector("textarea");
  if (!(form instanceof HTMLFormElement) || !area) return;
  hint = counter()?.textContent ?? "";
  const usual = usually();
  const look = () => {
    clearTimeout(waiting);
    asked?.abort();
    holdBack();
    if (!area.value.trim()) usual();
    else if (area.value.length > LONGEST) {
      unchecked("So many are looked at when you press “Check first”.");
      count(`About ${given(area.value).toLocaleString()} addresses.`);
    }
    else waiting = setTimeout(() => void preview(form), 500);
  };
  area.addEventListener("input", look);
  form.querySelector("#ask")?.addEventListener("change", look);
  // Whoever comes back has what they had entered, which is put there only then. A page that says already what will happen knows
  // more.
  addEventListener("pageshow", () => area.value.trim() && !document.querySelector("[data-given]") && look());
  // Also whoever comes back to the page as it was.
  addEventListener("pageshow", () => (ordering = false));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    clearTimeout(waiting);
    void order(form, event.submitter);
  });
}

/** What was said of another list is no reason to do anything with this one. */
function holdBack() {
  for (const button of document.querySelectorAll("#preview-body button")) button.setAttribute("disabled", "");
}

/** Puts back what stood there before anything was entered. */
export function usually() {
  const parts = PARTS.map((id) => document.getElementById(id)?.cloneNode(true));
  title = parts[PARTS.indexOf("preview-title")];
  const is_usual = !document.querySelector("[data-given]");
  return () => {
    if (!is_usual) return;
    PARTS.forEach((id, n) => put(id, parts[n]));
    mark(false);
    count("");
  };
}

/**
 * How many stand there, as far as that can be told without looking at each: names may stand beside them.
 * @param {string} text
 */
function given(text) {
  return text.split("@").length - 1 || text.split(/[\s,;]+/).filter(Boolean).length;
}

function counter() {
  return document.querySelector("form[data-paste] [data-count]");
}

/** @param {string} text */
function count(text) {
  const place = counter();
  if (place) place.textContent = text || hint;
}

/** @param {HTMLFormElement} form */
async function preview(form) {
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
    count(verdict());
  } catch {
    if (mine.signal.aborted) return;
    unchecked("Not checked yet: Seatbook can't be reached. It is tried again every few seconds.");
    waiting = setTimeout(() => void preview(form), AGAIN);
  }
}

/** How many were given, and what will become of them, in one line. */
function verdict() {
  const given = document.querySelector("[data-given]");
  const becomes = given?.nextElementSibling?.textContent ?? "";
  return given ? `${given.textContent}${becomes}` : "";
}

/** An order is given once, however often its button is pressed meanwhile. */
let ordering = false;

/**
 * What was entered stays where it is, whatever becomes of the network.
 * @param {HTMLFormElement} form
 * @param {HTMLElement | null} by the button
 */
async function order(form, by) {
  if (ordering) return;
  ordering = true;
  asked?.abort();
  const fields = new URLSearchParams();
  for (const [name, value] of new FormData(form)) if (typeof value === "string") fields.append(name, value);
  if (by instanceof HTMLButtonElement && by.name) fields.append(by.name, by.value);
  try {
    const headers = { Accept: "text/html", "Seatbook-Leads": "by-script" };
    const answer = await fetch(form.action, { method: "POST", body: fields, headers });
    const leads = answer.headers.get("Location");
    if (answer.status === 204 && leads) {
      location.assign(leads);
      return;
    }
    putPreview(await answer.text());
    count(verdict());
    document.getElementById("preview")?.scrollIntoView({ block: "nearest" });
  } catch {
    tell("Seatbook can't be reached, so it is not known whether this was done. What you entered is still here: look whether the network is there, then at Imports, before you press it again.", "bad");
  }
  ordering = false;
}

/**
 * What was said of another list is no longer so, and of this one nothing is known.
 * @param {string} why
 */
export function unchecked(why) {
  put("preview-title", title?.cloneNode(true));
  put("preview-said", document.createTextNode(why));
  put("wrong");
  mark(false);
  put("preview-body");
  put("listed");
  count("");
}

/**
 * What another page says instead: that somebody may not do this any more, or has to sign in again.
 * @param {Document} page
 * @param {string} id
 */
function wrong(page, id) {
  const said = page.createElement("div");
  if (id === "preview-title") said.append(page.querySelector("h1")?.textContent ?? "That did not work");
  if (id === "preview-body") said.append(...page.querySelectorAll("main :is(p, ol):not(.brand, .actions)"));
  return said;
}

/**
 * Puts what will happen in its place; or what is wrong.
 * @param {string} page
 */
export function putPreview(page) {
  const made = new DOMParser().parseFromString(page, "text/html");
  const is_other = !made.getElementById("preview");
  const problem = made.getElementById("problem");
  for (const id of PARTS) put(id, is_other ? wrong(made, id) : made.getElementById(id));
  mark(Boolean(problem));
}

/**
 * What went wrong with what was given before Seatbook has seen it.
 * @param {string} why
 * @param {boolean} is_wrong whether that is what was given
 */
export function failed(why, is_wrong) {
  const said = document.createElement("div");
  const note = document.createElement("p");
  note.className = "note bad";
  note.id = "problem";
  note.setAttribute("role", "alert");
  note.textContent = why;
  said.append(note);
  put("wrong", said);
  mark(is_wrong);
}

/**
 * Marks what was given as wrong, or not any more.
 * @param {boolean} is_wrong
 */
function mark(is_wrong) {
  const field = document.querySelector("#given :is(textarea, input[type=file])");
  if (is_wrong) {
    field?.setAttribute("aria-invalid", "true");
    field?.setAttribute("aria-describedby", "problem");
  } else {
    field?.removeAttribute("aria-invalid");
    field?.removeAttribute("aria-describedby");
  }
}

/**
 * Puts what another part holds, or a text, into a part of this page. What says the same already is left alone, so that it is not
 * read out again.
 * @param {string} id
 * @param {Node | null} [part]
 */
function put(id, part) {
  const old = document.getElementById(id);
  if (!old) return;
  const fresh = document.createElement("div");
  if (part instanceof Text) fresh.append(part);
  else if (part) fresh.append(...document.importNode(part, true).childNodes);
  localTimes(fresh);
  if (old.innerHTML !== fresh.innerHTML) old.replaceChildren(...fresh.childNodes);
}
