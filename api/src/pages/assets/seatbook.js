// @ts-check
// What makes pages quicker. Without it everything works as well.
import { fragments } from "./fragments.js";
import { currentInView } from "./in-view.js";
import { standInstead } from "./instead.js";
import { live } from "./live.js";
import { menus } from "./menus.js";
import { pasting } from "./paste.js";
import { choosing, copying } from "./choose.js";
import { Chosen } from "./chosen.js";
import { leaveWhenSignedOut } from "./signed-out.js";
import { choosingTheme } from "./theme.js";
import { localTimes, sayZone } from "./times.js";
import { toasts } from "./toasts.js";
import { uploading } from "./upload.js";

document.documentElement.dataset.scripts = "on";
standInstead();
localTimes(document);
sayZone();
currentInView();
toasts();
menus();
choosingTheme();
fragments();
pasting();
uploading();
choosing(document);
Chosen.forgetOnceOrdered();
copying();
live();
leaveWhenSignedOut();
