// @ts-check
import { BY_ITSELF, follow, show } from "./fragments.js";
import { tell } from "./toasts.js";

/** What goes on while somebody looks: an import, and what changes on a list. */
export function live() {
  importing();
  listing();
  document.addEventListener("fragment", importing);
}

function importing() {
  const part = document.querySelector("[data-import]");
  if (!(part instanceof HTMLElement) || part.dataset.watched) return;
  part.dataset.watched = "yes";
  const news = new EventSource(part.dataset.import ?? "");
  const bar = part.querySelector("progress");
  const said = part.querySelector("[data-how-far]");
  const over = new AbortController();
  let told = 0;
  let looked = 0;
  news.addEventListener("progress", (event) => {
    const job = JSON.parse(event.data);
    if (bar && job.rows > 0) bar.value = (100 * job.rows_applied) / job.rows;
    // What became of the rows, and the seats.
    if (!document.hidden && Date.now() - looked >= 1000) {
      looked = Date.now();
      void follow(over.signal);
    }
    // Whoever listens to the page is told now and then, not with every step.
    if (!said || Date.now() - told < 1000) return;
    told = Date.now();
    const left = job.seconds_left == null ? "" : `, about ${duration(job.seconds_left)} left`;
    said.textContent = `${job.rows_applied.toLocaleString()} of ${job.rows.toLocaleString()} rows${left}`;
  });
  // Until it is shown what came of it, which a service that starts again can't tell at once.
  const look = async () => {
    await show(location.href, part.id, "stay");
    if (part.isConnected) setTimeout(look, AGAIN);
    else tellEnd();
  };
  const stop = () => {
    news.close();
    over.abort();
  };
  for (const end of ["ended", "failed", "paused"]) {
    news.addEventListener(end, () => {
      stop();
      setTimeout(look, end === "ended" ? 0 : AGAIN);
    });
  }
  news.addEventListener("error", () => {
    if (news.readyState !== EventSource.CLOSED) return;
    stop();
    setTimeout(look, AGAIN);
  });
}

/** So long after an import could not be looked at it is tried again, in milliseconds. */
const AGAIN = 2000;

/** Says what it came to, in place of that it has begun: whoever listens to the page hears it. */
function tellEnd() {
  const part = document.getElementById("import");
  if (part?.dataset.told) tell(part.dataset.told, part.dataset.look);
}

/** @param {number} seconds */
function duration(seconds) {
  const [n, unit] = seconds < 90 ? [Math.max(1, seconds), "second"] : [Math.ceil(seconds / 60), "minute"];
  return `${n} ${unit}${n === 1 ? "" : "s"}`;
}

function listing() {
  const part = document.querySelector("[data-live]");
  if (!(part instanceof HTMLElement)) return;
  let is_due = false;
  let last = 0;
  const look = () => {
    // Not under the hands of somebody who has a menu open. Where people are ticked, nobody moves.
    const list = document.getElementById(part.id);
    if (!is_due || document.hidden || list?.querySelector("details[open]") || Date.now() - last < 1000) return;
    is_due = false;
    last = Date.now();
    const how = list?.querySelector("input[name=person]:checked") ? "touch" : "stay";
    void show(location.href, part.id, how).then((was_its_turn) => {
      if (!was_its_turn) is_due = true;
    });
  };
  setInterval(look, 500);
  changes(part.dataset.live ?? "", () => {
    is_due = true;
    look();
  });
}

/**
 * What changes, as long as the page is there: asked for anew where the service ended it, once it is known that the page may
 * still be seen.
 *
 * @param {string} from
 * @param {() => void} changed
 */
function changes(from, changed) {
  /** @type {EventSource | undefined} */
  let news;
  const connect = () => {
    news?.close();
    const now = (news = new EventSource(from));
    now.addEventListener("changed", changed);
    now.addEventListener("error", () => {
      if (now.readyState === EventSource.CLOSED) void askWhy(again);
    });
  };
  const again = () => {
    connect();
    // What changed while nothing was told.
    changed();
  };
  connect();
  addEventListener("pagehide", () => news?.close());
  addEventListener("pageshow", (event) => {
    if (event.persisted) again();
  });
}

/**
 * Nothing more is told: whoever may not see the page any more, or has signed out, is shown that instead of what was on it.
 * Everybody else is told again a while later.
 *
 * @param {() => void} again
 */
async function askWhy(again) {
  const answer = await fetch(location.href, { headers: BY_ITSELF }).catch(() => undefined);
  if (answer && (answer.redirected || (answer.status >= 400 && answer.status < 500 && answer.status !== 429))) {
    location.reload();
  } else {
    setTimeout(again, 5000);
  }
}
