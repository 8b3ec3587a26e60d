// @ts-check

/** A page that answers an order is gone back to, and loaded again, as the page that the order was given on. */
export function standInstead() {
  const { instead } = document.documentElement.dataset;
  if (instead) history.replaceState(history.state, "", instead);
}
