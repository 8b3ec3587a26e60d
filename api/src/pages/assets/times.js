// @ts-check
/** @type {Intl.DateTimeFormatOptions} */
const pattern = {
  day: "numeric", month: "short", year: "numeric", hour: "2-digit", minute: "2-digit", hourCycle: "h23",
};
const shown = new Intl.DateTimeFormat("en-US", pattern);
const whole = new Intl.DateTimeFormat("en-US", { ...pattern, second: "2-digit", timeZoneName: "short" });

/**
 * As the page writes it without scripts: "27 Nov 2026, 00:21".
 * @param {Intl.DateTimeFormat} format
 * @param {Date} at
 */
function written(format, at) {
  const of = Object.fromEntries(format.formatToParts(at).map((part) => [part.type, part.value]));
  const seconds = of.second ? `:${of.second}` : "";
  return `${of.day} ${of.month} ${of.year}, ${of.hour}:${of.minute}${seconds} ${of.timeZoneName ?? ""}`.trim();
}

/** Where moments are entered in UTC it is said in which zone they are shown, if that is another one. */
export function sayZone() {
  const offset = new Intl.DateTimeFormat("en-US", { timeZoneName: "longOffset" })
    .formatToParts(new Date())
    .find((part) => part.type === "timeZoneName")?.value.replace("GMT", "UTC");
  if (!offset || offset === "UTC") return;
  for (const place of document.querySelectorAll("[data-zone]")) {
    place.textContent = `Times are shown in your time zone, ${offset}; what you enter here is UTC.`;
    place.removeAttribute("hidden");
  }
}

/**
 * Shows moments in the reader's zone; the page says them in UTC.
 * @param {ParentNode} within
 */
export function localTimes(within) {
  for (const time of within.querySelectorAll("time[datetime]")) {
    const at = new Date(time.getAttribute("datetime") ?? "");
    if (Number.isNaN(at.valueOf())) continue;
    time.setAttribute("title", `${written(whole, at)} · ${time.textContent}`);
    time.textContent = written(shown, at);
  }
}
