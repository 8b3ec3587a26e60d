// @ts-check
import { failed, putPreview, unchecked, usually } from "./paste.js";

/** A file that is dropped or chosen is looked at at once; while it is sent, it is told how far it is. */
export function uploading() {
  const form = document.querySelector("form[data-upload]");
  const zone = form?.querySelector(".dropzone");
  const field = form?.querySelector("input[type=file]");
  if (!(form instanceof HTMLFormElement) || !zone || !(field instanceof HTMLInputElement)) return;
  const check = form.querySelector("button[data-check]");
  const checking = check instanceof HTMLButtonElement ? check.formAction : form.action;
  for (const name of ["dragenter", "dragover"]) {
    zone.addEventListener(name, (event) => {
      event.preventDefault();
      zone.classList.add("over");
    });
  }
  zone.addEventListener("dragleave", () => zone.classList.remove("over"));
  zone.addEventListener("drop", (event) => {
    event.preventDefault();
    zone.classList.remove("over");
    const files = event instanceof DragEvent ? event.dataTransfer?.files : null;
    if (!files?.length) return;
    if (files.length > 1) {
      failed("One file is taken at a time. Drop one, and then the next.", true);
      return;
    }
    field.files = files;
    send(form, checking);
  });
  const usual = usually();
  const look = () => field.files?.length && send(form, checking);
  field.addEventListener("change", () => {
    if (look()) return;
    under_way?.abort();
    form.querySelector("[data-progress]")?.setAttribute("hidden", "");
    usual();
  });
  addEventListener("pageshow", look);
  form.querySelector("#ask")?.addEventListener("change", look);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const by = event.submitter;
    send(form, by instanceof HTMLButtonElement && by.hasAttribute("formaction") ? by.formAction : form.action);
  });
}

/** @type {XMLHttpRequest | undefined} */
let under_way;

/** An order is given once, however often its button is pressed meanwhile. */
let ordering = false;

/**
 * @param {HTMLFormElement} form
 * @param {string} to
 * @returns {boolean} whether it is on its way
 */
function send(form, to) {
  if (ordering) return true;
  under_way?.abort();
  ordering = to === form.action;
  // What was said of another file is not so of this one.
  if (!ordering) unchecked("");
  const sent = (under_way = new XMLHttpRequest());
  const place = form.querySelector("[data-progress]");
  const bar = place?.querySelector("progress");
  const said = place?.querySelector("p");
  const say = (/** @type {string} */ text) => {
    place?.removeAttribute("hidden");
    if (said) said.textContent = text;
  };
  sent.open("POST", to);
  sent.setRequestHeader("Accept", "text/html");
  // Where it goes on is shown by the browser, and what came of it told there.
  sent.setRequestHeader("Seatbook-Leads", "by-script");
  sent.upload.addEventListener("progress", (event) => {
    if (!bar || !event.lengthComputable) return;
    bar.value = (100 * event.loaded) / event.total;
    say(event.loaded < event.total ? "Sending the file …" : "Reading the file …");
  });
  sent.addEventListener("load", () => {
    place?.setAttribute("hidden", "");
    // What was begun has a page of its own.
    const leads = sent.getResponseHeader("Location");
    if (sent.status === 204 && leads) {
      location.assign(leads);
    } else if (sent.responseURL && new URL(sent.responseURL).pathname !== new URL(to).pathname) {
      location.assign(sent.responseURL);
    } else {
      ordering = false;
      putPreview(sent.responseText);
    }
  });
  sent.addEventListener("error", () => {
    ordering = false;
    place?.setAttribute("hidden", "");
    void sayWhy(form);
  });
  if (bar) bar.value = 0;
  say("Sending the file …");
  sent.send(new FormData(form));
  return true;
}

/**
 * A browser gives no file that has changed since it was chosen.
 * @param {HTMLFormElement} form
 */
async function sayWhy(form) {
  const field = form.querySelector("input[type=file]");
  const file = field instanceof HTMLInputElement ? field.files?.[0] : undefined;
  const is_there = await file?.slice(0, 1).arrayBuffer().then(() => true, () => false);
  if (is_there || !(field instanceof HTMLInputElement)) {
    failed("The file could not be sent. Look whether the network is there, and try again.", false);
    return;
  }
  field.value = "";
  unchecked("What will happen is shown once you have chosen the file again.");
  failed("The file has changed since it was chosen: choose it once more.", true);
  field.focus();
}
