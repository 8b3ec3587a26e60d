// @ts-check
import { tell } from "./toasts.js";

/** A form takes no more of them; who needs more chooses all that match. */
const MOST = 900;

/** By what the list is narrowed: all that match are others where one of them differs. */
const FILTERS = ["q", "status", "admission", "added_by"];

const BEGINS = "chosen ";

/**
 * What is kept of a list, in this window only.
 * @typedef {{ people: [string, string][], all: string | null }} Kept
 */

/** @param {string} name @returns {Kept} */
function kept(name) {
  try {
    return { people: [], all: null, ...JSON.parse(sessionStorage.getItem(name) ?? "{}") };
  } catch {
    return { people: [], all: null };
  }
}

/** Who is ticked on a list, on whichever page of it they stand: through searches, filters and pages, and on the way back from
 * the question whether one is sure, until an order about people is given. And whether all that match are meant, which holds for
 * one and the same search. */
export class Chosen {
  /** @type {Map<string, string>} the ids of people, with their status when they were last seen */
  #people;
  #form;
  #name;
  /** @type {string | null} the search of which all are meant */
  #all;

  /** @param {HTMLFormElement} form */
  constructor(form) {
    this.#form = form;
    this.#name = BEGINS + new URL(form.action).pathname;
    const { people, all } = kept(this.#name);
    this.#people = new Map(people);
    this.#all = all;
  }

  get size() {
    return this.#people.size;
  }

  /** Whether all that match this list are meant. */
  get all() {
    return this.#all === this.#search();
  }

  set all(are) {
    this.#all = are ? this.#search() : null;
    this.#keep();
  }

  /** @param {string} status whether somebody of it is among them */
  has(status) {
    return [...this.#people.values()].includes(status);
  }

  /** @param {HTMLInputElement} box */
  holds(box) {
    return this.#people.has(box.value);
  }

  /**
   * Follows the boxes that are seen.
   * @param {Iterable<HTMLInputElement>} boxes
   */
  take(boxes) {
    let too_many = false;
    for (const box of boxes) {
      if (box.checked && !this.holds(box) && this.size >= MOST) {
        box.checked = false;
        too_many = true;
      }
      if (box.checked) this.#people.set(box.value, box.dataset.status ?? "");
      else this.#people.delete(box.value);
    }
    if (too_many) tell(`No more than ${MOST} people can be ticked. Search or filter for those you mean, and choose all that match.`, "bad");
    this.#keep();
  }

  forget() {
    this.#people.clear();
    this.#keep();
  }

  /**
   * Puts those who are not seen into the form as well.
   * @param {Iterable<HTMLInputElement>} boxes
   */
  send(boxes) {
    for (const old of this.#form.querySelectorAll("input[type=hidden][name=person]")) old.remove();
    const seen = new Set([...boxes].map((box) => box.value));
    for (const person of this.#people.keys()) {
      if (seen.has(person)) continue;
      const field = document.createElement("input");
      field.type = "hidden";
      field.name = "person";
      field.value = person;
      this.#form.append(field);
    }
  }

  /** An order about people is the end of it, from whichever page it is given; a question that may be left again is not. */
  static forgetOnceOrdered() {
    document.addEventListener("submit", (event) => {
      const form = event.target;
      if (!(form instanceof HTMLFormElement)) return;
      const { pathname } = new URL(form.action);
      // Nobody is ticked for whoever signs in next.
      if (pathname === "/sign-out") drop("");
      if (!pathname.startsWith("/licenses/") || !pathname.endsWith("/people")) return;
      const button = /** @type {SubmitEvent} */ (event).submitter;
      const word = button instanceof HTMLButtonElement ? button.value : "";
      const all = form.querySelector("input[name=all]");
      const asks = form.hasAttribute("data-select") && (word !== "add" || (all instanceof HTMLInputElement && all.checked));
      if (!asks) drop(pathname);
    });
  }

  #search() {
    const field = (/** @type {string} */ name) => this.#form.querySelector(`input[type=hidden][name=${name}]`)?.getAttribute("value") ?? "";
    return FILTERS.map(field).join("\n");
  }

  #keep() {
    try {
      if (this.size === 0 && this.#all === null) sessionStorage.removeItem(this.#name);
      else sessionStorage.setItem(this.#name, JSON.stringify({ people: [...this.#people], all: this.#all }));
    } catch {
      // Where the browser keeps nothing, they are chosen as long as the page is there.
    }
  }
}

/** @param {string} list where its orders are given; or the beginning of that */
function drop(list) {
  try {
    for (const name of Object.keys(sessionStorage)) if (name.startsWith(BEGINS + list)) sessionStorage.removeItem(name);
  } catch {
    // Nothing was kept.
  }
}
