// @ts-check
// Pages that stand open in other tabs of this browser still show what was on them.
const tabs = new BroadcastChannel("seatbook");

/** Who has signed out tells the other tabs. */
export function tellSignedOut() {
  if (new URLSearchParams(location.search).has("out")) tabs.postMessage("signed out");
}

/** Whoever is told loads their page anew, which leads to signing in. */
export function leaveWhenSignedOut() {
  tabs.addEventListener("message", (event) => {
    if (event.data === "signed out") location.reload();
  });
}
