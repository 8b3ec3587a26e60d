// @ts-check
import { tell } from "./toasts.js";

/** A form takes no more of them; who needs more chooses all that match. */
const MOST = 900;

/** Whether no list was looked at on this page yet. */
let is_first = true;

/** Who is ticked on a list, on whichever page of it they stand: through searches, filters and pages, and on the way back from
 * the question whether one is sure. In this window only, and until an order about them was heard. */
export class Chosen {
  /** @type {Map<string, string>} the ids of people, with their status when they were last seen */
  #people;
  #form;
  #name;

  /**
   * @param {HTMLFormElement} form
   * @param {string} name
   * @param {[string, string][]} people
   */
  constructor(form, name, people) {
    this.#form = form;
    this.#name = name;
    this.#people = new Map(people);
  }

  /**
   * @param {HTMLFormElement} form
   * @returns {Chosen}
   */
  static of(form) {
    const name = `chosen ${new URL(form.action).pathname}`;
    // What became of an order is told as the page begins: it was heard, and nobody is left to be asked about.
    const was_heard = is_first && document.querySelector("#told .toast") !== null;
    is_first = false;
    try {
      if (was_heard) sessionStorage.removeItem(name);
      return new Chosen(form, name, JSON.parse(sessionStorage.getItem(name) ?? "[]"));
    } catch {
      return new Chosen(form, name, []);
    }
  }

  get size() {
    return this.#people.size;
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
    for (const box of boxes) {
      if (box.checked && !this.holds(box) && this.size >= MOST) {
        box.checked = false;
        tell(`No more than ${MOST} people can be ticked. Search or filter for those you mean, and choose all that match.`, false);
      }
      if (box.checked) this.#people.set(box.value, box.dataset.status ?? "");
      else this.#people.delete(box.value);
    }
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

  /** Nobody is ticked for whoever signs in next. */
  static leave() {
    document.querySelector("form[action='/sign-out']")?.addEventListener("submit", () => {
      try {
        for (const name of Object.keys(sessionStorage)) if (name.startsWith("chosen ")) sessionStorage.removeItem(name);
      } catch {
        // Nothing was kept.
      }
    });
  }

  #keep() {
    try {
      if (this.size === 0) sessionStorage.removeItem(this.#name);
      else sessionStorage.setItem(this.#name, JSON.stringify([...this.#people]));
    } catch {
      // Where the browser keeps nothing, they are chosen as long as the page is there.
    }
  }
}
