// The definition lab: colours, completion, live checks.
"use strict";
