// @ts-check
import { putPreview } from "./paste.js";

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
    field.files = files;
    send(form, checking);
  });
  const look = () => field.files?.length && send(form, checking);
  field.addEventListener("change", look);
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
 */
function send(form, to) {
  if (ordering) return;
  under_way?.abort();
  ordering = to === form.action;
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
    void sayWhy(form, say);
  });
  say("Sending the file …");
  sent.send(new FormData(form));
}

/**
 * A browser gives no file that has changed since it was chosen.
 * @param {HTMLFormElement} form
 * @param {(text: string) => void} say
 */
async function sayWhy(form, say) {
  const field = form.querySelector("input[type=file]");
  const file = field instanceof HTMLInputElement ? field.files?.[0] : undefined;
  const is_there = await file?.slice(0, 1).arrayBuffer().then(() => true, () => false);
  if (is_there || !(field instanceof HTMLInputElement)) {
    say("The file could not be sent. Is the network there? Try again.");
    return;
  }
  field.value = "";
  say("The file has changed since it was chosen: choose it once more.");
  field.focus();
}
