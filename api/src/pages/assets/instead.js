// @ts-check

/** A page that answers an order is gone back to, and loaded again, as the page that the order was given on: at the part of it
 * that the order was about, unless the focus goes to where the mistake is, which it does not in a part that is gone to. */
export function standInstead() {
  const { instead } = document.documentElement.dataset;
  if (!instead) return;
  const has_part = instead.includes("#") || document.querySelector("[autofocus]");
  history.replaceState(history.state, "", has_part ? instead : instead + location.hash);
}
