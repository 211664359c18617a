// The Balance tab: nothing of it is needed to read it.
"use strict";
