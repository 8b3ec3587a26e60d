// @ts-check
/** Where a row of tabs is longer than the screen, the one that somebody is on can be seen. */
export function currentInView() {
  for (const here of document.querySelectorAll(".segments [aria-current], .tabs [aria-current]")) {
    // The row alone is moved: where the page stands is the browser's business.
    const row = here.closest(".segments, .tabs");
    if (!row) continue;
    const [seen, its] = [row.getBoundingClientRect(), here.getBoundingClientRect()];
    row.scrollLeft += Math.min(its.left - seen.left, 0) + Math.max(its.right - seen.right, 0);
  }
}
