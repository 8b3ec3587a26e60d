// @ts-check
import { localTimes } from "./times.js";
import { tell } from "./toasts.js";

/** Of what a page asks by itself: it is no use of the session, which would never end while a page stands open. */
export const BY_ITSELF = { Accept: "text/html", "Seatbook-By-Itself": "1" };

/** A part of the page that has an id and `data-fragment` is replaced by the same part of another page: search as one
 * types, other filters, the next page. What is asked last is shown. */
export function fragments() {
  // Of what answers an order, the address that took its place.
  shown = page();
  document.addEventListener("click", (event) => {
    if (!(event.target instanceof Element) || event.defaultPrevented || !plain(event)) return;
    const link = event.target.closest("[data-fragment] a");
    if (!(link instanceof HTMLAnchorElement) || !leadsHere(link)) return;
    event.preventDefault();
    const [id, turns] = [idOf(link), Boolean(link.closest(".pages"))];
    const address = withTyped(link, id);
    // What is typed after it is another search.
    typing = false;
    void show(address, id, "push").then(() => {
      const part = document.getElementById(id);
      // A page that was turned is read from its beginning.
      if (turns) part?.scrollIntoView({ block: "start" });
      // Whoever goes by keyboard goes on where the list says what it shows.
      if (document.activeElement === document.body) begin(part);
    });
  });
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!(form instanceof HTMLFormElement) || !form.dataset.asYouType) return;
    event.preventDefault();
    void show(addressOf(form), form.dataset.asYouType, "push");
  });
  document.addEventListener("input", (event) => {
    const field = event.target;
    const id = field instanceof HTMLInputElement ? field.form?.dataset.asYouType : undefined;
    if (field instanceof HTMLInputElement && id) soon(field, id);
  });
  // A way within the page is no other page.
  addEventListener("popstate", () => {
    if (page() !== shown) location.reload();
  });
}

/** Which page it is, wherever on it somebody is. */
function page() {
  return location.pathname + location.search;
}

/** The page whose parts are shown. */
let shown = page();

/** @param {Element | null} part */
function begin(part) {
  const where = part?.querySelector("caption, h2");
  if (!(where instanceof HTMLElement)) return;
  where.tabIndex = -1;
  where.focus({ preventScroll: true });
}

/** @param {MouseEvent} event */
function plain(event) {
  return event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey;
}

/** @param {HTMLAnchorElement} link */
function leadsHere(link) {
  return link.origin === location.origin && link.pathname === location.pathname && !link.download;
}

/** @param {Element} within */
function idOf(within) {
  return within.closest("[data-fragment]")?.id ?? "";
}

/** @param {HTMLFormElement} form */
function addressOf(form) {
  const address = new URL(form.action || location.href);
  const fields = new URLSearchParams();
  for (const [name, value] of new FormData(form)) {
    if (typeof value === "string" && value.trim()) fields.append(name, value.trim());
  }
  address.search = fields.toString();
  return address.href;
}

/**
 * Where another filter or order leads: with what was typed just before, which the part that it stands in does not know yet.
 * @param {HTMLAnchorElement} link
 * @param {string} id
 */
function withTyped(link, id) {
  const form = document.querySelector(`form[data-as-you-type="${id}"]`);
  const turns = Boolean(link.closest(".pages"));
  // What has no id begins anew, as "Show everybody" does.
  if (!(form instanceof HTMLFormElement) || !(link.id || turns)) return link.href;
  const [here, address] = [new URL(location.href), new URL(link.href)];
  for (const field of form.querySelectorAll("input:not([type=hidden])")) {
    if (!(field instanceof HTMLInputElement)) continue;
    const typed = field.value.trim();
    if (typed === (here.searchParams.get(field.name) ?? "").trim()) continue;
    // It is a page of another list.
    if (turns) return addressOf(form);
    for (const other of form.dataset.without?.split(" ") ?? []) address.searchParams.delete(other);
    if (typed) address.searchParams.set(field.name, typed);
    else address.searchParams.delete(field.name);
  }
  return address.href;
}

/** @type {number | undefined} */
let waiting;

/** Whether the page that is shown is what was typed so far: its address takes the place of that before. */
let typing = false;

/**
 * @param {HTMLInputElement} field
 * @param {string} id
 */
function soon(field, id) {
  clearTimeout(waiting);
  waiting = setTimeout(() => {
    // The form in which it stands by then: another answer may have taken its part's place.
    if (!field.form) return;
    // The way back leads to the page on which somebody began to type.
    void show(addressOf(field.form), id, typing ? "replace" : "push");
    typing = true;
  }, 250);
}

/** @type {AbortController | undefined} */
let under_way;

/** What somebody asked for, until it is shown: nothing that changes by itself takes its place.
 * @type {AbortController | undefined} */
let wanted;

/** What says that the network failed.
 * @type {Element | undefined} */
let failed;

/** So long after the network failed it is tried again, in milliseconds. */
const AGAIN = 3000;

/**
 * Shows a part as it is at an address; whether it was its turn. "push" and "replace": somebody asked for it. "stay": it has
 * changed by itself. "touch": the same, and what is ticked stays under the hand that ticks.
 *
 * @param {string} address
 * @param {string} id
 * @param {"push" | "replace" | "stay" | "touch"} history_
 * @returns {Promise<boolean>}
 */
export async function show(address, id, history_) {
  const by_itself = history_ === "stay" || history_ === "touch";
  if (by_itself && (wanted || waiting !== undefined)) return false;
  if (!by_itself) {
    // What was typed before that is in it, or is not wanted any more.
    clearTimeout(waiting);
    waiting = undefined;
  }
  under_way?.abort();
  const asked = (under_way = new AbortController());
  if (!by_itself) wanted = asked;
  const part = document.getElementById(id);
  part?.setAttribute("aria-busy", "true");
  try {
    const headers = by_itself ? BY_ITSELF : { Accept: "text/html" };
    const answer = await fetch(address, { headers, signal: asked.signal });
    const text = await answer.text();
    const made = new DOMParser().parseFromString(text, "text/html");
    const fresh = made.getElementById(id);
    const old = document.getElementById(id);
    if (!answer.ok || answer.redirected || !fresh || !old) {
      location.assign(address);
      return true;
    }
    if (history_ === "touch") touch(old, fresh);
    else put(old, fresh, history_ === "stay");
    beside(made);
    if (history_ === "push") history.pushState(null, "", address);
    if (history_ === "replace") history.replaceState(null, "", address);
    shown = page();
    if (wanted === asked) wanted = undefined;
    failed?.remove();
  } catch (error) {
    if (asked.signal.aborted || by_itself) return true;
    // What is there stays there: a page of the browser's in its place would not come back by itself.
    failed = tell("Seatbook can't be reached. It is tried again every few seconds.", "bad");
    setTimeout(() => {
      // Whoever has typed on meanwhile is shown that.
      if (!asked.signal.aborted && waiting === undefined) void show(address, id, history_);
    }, AGAIN);
  } finally {
    if (under_way === asked) document.getElementById(id)?.removeAttribute("aria-busy");
  }
  return true;
}

/**
 * What is said in short follows what goes on; nothing else of the page is touched.
 * @param {AbortSignal} signal
 */
export async function follow(signal) {
  try {
    const answer = await fetch(location.href, { headers: BY_ITSELF, signal });
    const text = await answer.text();
    if (answer.ok && !answer.redirected && !signal.aborted) beside(new DOMParser().parseFromString(text, "text/html"));
  } catch {
    // The next look tells it.
  }
}

/**
 * What says the same in short elsewhere on the page follows.
 * @param {Document} made
 */
function beside(made) {
  for (const old of document.querySelectorAll("[data-beside]")) {
    const fresh = made.getElementById(old.id);
    if (fresh && fresh.innerHTML !== old.innerHTML) old.replaceChildren(...document.importNode(fresh, true).childNodes);
  }
}

/**
 * Puts a part in the place of another one; what somebody types, and where, stays.
 * @param {Element} old
 * @param {Element} fresh
 * @param {boolean} marks whether what is new is marked
 */
function put(old, fresh, marks) {
  const focused = document.activeElement;
  const within = focused instanceof HTMLElement && old.contains(focused) ? focused : null;
  const place = within ? placeOf(within, old) : null;
  const rows = new Map([...old.querySelectorAll("tr[id]")].map((row) => [row.id, row.textContent]));
  const field = within instanceof HTMLInputElement && within.id ? within : null;
  const taken = document.importNode(fresh, true);
  localTimes(taken);
  old.replaceWith(taken);
  const again = within?.id || marks ? place?.(taken) : null;
  if (field && again instanceof HTMLInputElement) again.replaceWith(field);
  (field ?? again)?.focus();
  // What it was on is gone: whoever goes by keyboard goes on where the list says what it shows.
  if (marks && within && !again) begin(taken);
  if (marks) {
    for (const row of taken.querySelectorAll("tr[id]")) {
      if (rows.get(row.id) !== row.textContent) row.classList.add("fresh");
    }
  }
  document.dispatchEvent(new CustomEvent("fragment", { detail: taken }));
}

const FOCUSABLE = "a, button, input, select, summary";

/**
 * What stands in the place of something once its part is another one: by its id, or as the same of its row, or as the same of
 * what is in no row.
 *
 * @param {HTMLElement} focused
 * @param {Element} old
 * @returns {(taken: Element) => HTMLElement | null}
 */
function placeOf(focused, old) {
  if (focused.id) return () => document.getElementById(focused.id);
  const row = focused.closest("tr[id]");
  /** @param {Element | null | undefined} within */
  const all = (within) => /** @type {HTMLElement[]} */ ([...(within?.querySelectorAll(FOCUSABLE) ?? [])]);
  /** @param {Element} within */
  const others = (within) => all(within).filter((each) => !each.closest("tr[id]"));
  if (row) {
    const n = all(row).indexOf(focused);
    return () => all(document.getElementById(row.id))[n] ?? null;
  }
  // At the same place something else may stand now, that does something else.
  const n = others(old).indexOf(focused);
  return (taken) => [others(taken)[n]].find((now) => now?.textContent?.trim() === focused.textContent?.trim()) ?? null;
}

/**
 * Who is no longer on this list, as it is narrowed, is said to be gone from it, and is not ticked any more.
 * @param {Element} row
 * @param {boolean} gone
 */
function leave(row, gone) {
  const box = row.querySelector("input");
  row.classList.toggle("gone", gone);
  if (!box) return;
  box.checked &&= !gone;
  box.disabled = gone;
}

/**
 * Brings the rows that are there up to date, and how many there are of each status: none comes, goes or moves.
 * @param {Element} old
 * @param {Element} fresh
 */
function touch(old, fresh) {
  const taken = document.importNode(fresh, true);
  localTimes(taken);
  for (const row of old.querySelectorAll("tr[id]")) {
    const now = taken.querySelector(`[id="${row.id}"]`);
    leave(row, !now);
    const cells = [...(now?.children ?? [])];
    let is_fresh = false;
    for (const [n, cell] of [...row.children].entries()) {
      const now = cells[n];
      if (!now || now.innerHTML === cell.innerHTML) continue;
      const [box, new_box] = [cell.querySelector("input"), now.querySelector("input")];
      if (box && new_box) box.dataset.status = new_box.dataset.status;
      else cell.replaceWith(now);
      is_fresh = true;
    }
    row.classList.toggle("fresh", is_fresh);
  }
  for (const link of old.querySelectorAll(".segments a")) {
    const now = taken.querySelector(`[id="${link.id}"]`);
    if (now) link.replaceChildren(...now.childNodes);
  }
  for (const part of ["caption", "label[for=all]"]) {
    const [was, now] = [old.querySelector(part), taken.querySelector(part)];
    if (was && now) was.replaceChildren(...now.childNodes);
  }
  old.querySelector("form[data-select]")?.dispatchEvent(new Event("touched"));
}
