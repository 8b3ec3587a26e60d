// @ts-check
/** Where a row of tabs is longer than the screen, the one that somebody is on can be seen. */
export function currentInView() {
  for (const here of document.querySelectorAll(".segments [aria-current], .tabs [aria-current]")) {
    here.scrollIntoView({ block: "nearest", inline: "nearest" });
  }
}
