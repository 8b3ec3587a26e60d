// @ts-check
const shown = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });
const whole = new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "long" });

/**
 * Shows moments in the reader's zone; the page says them in UTC.
 * @param {ParentNode} within
 */
export function localTimes(within) {
  for (const time of within.querySelectorAll("time[datetime]")) {
    const at = new Date(time.getAttribute("datetime") ?? "");
    if (Number.isNaN(at.valueOf())) continue;
    time.setAttribute("title", `${whole.format(at)} · ${time.textContent}`);
    time.textContent = shown.format(at);
  }
}
