// @ts-check

/** What was told can be closed. It does not go by itself: people read at their own pace. */
export function toasts() {
  for (const toast of document.querySelectorAll(".toast")) {
    readOut(toast.textContent?.trim().replace(/\s+/g, " ") ?? "");
    offerClose(toast);
  }
}

/**
 * Whoever listens to the page hears what changes on it, and not what it came with.
 * @param {string} text
 */
function readOut(text) {
  const said = document.getElementById("said");
  if (!said) return;
  setTimeout(() => (said.textContent = text), 300);
  // Whoever goes on through the page does not meet it twice.
  setTimeout(() => (said.textContent = ""), 5000);
}

/** @param {Element} toast */
function offerClose(toast) {
  const close = document.createElement("button");
  close.type = "button";
  close.className = "close";
  close.textContent = "×";
  close.setAttribute("aria-label", "Close");
  close.addEventListener("click", () => {
    toast.remove();
    // Whoever goes by keyboard goes on with the page.
    document.getElementById("main")?.focus({ preventScroll: true });
  });
  toast.append(close);
}

/**
 * Tells something now.
 * @param {string} text
 * @param {string} [look] as an order's: `good`, `neutral`, `warn` or `bad`
 */
export function tell(text, look = "good") {
  const told = document.querySelector("#told");
  if (!told) return undefined;
  const toast = document.createElement("div");
  toast.className = `toast ${look}`;
  const words = document.createElement("p");
  words.textContent = text;
  toast.append(words);
  offerClose(toast);
  told.replaceChildren(toast);
  return toast;
}
